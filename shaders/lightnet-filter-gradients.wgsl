// What lambda and b of an exponential filter owe to the gradient of y, per line (see assembly/lightnet/f32-filter.ts).
//!include common/lightnet-filter.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read> lambda: array<f32>;
@group(0) @binding(4) var<storage, read> b: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_lambda: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_b: array<f32>;
//!include common/workgroup.wgsl

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 64u + lid;
  if (g >= params.group_count || i >= params.lines * params.d) { return; }
  let line = i / params.d;
  let feature = i % params.d;
  for (var r = 0u; r < TERMS; r += 1u) {
    let decay = lambda[r * params.d + feature];
    var sum_b = 0.0;
    var sum_lambda = 0.0;
    for (var way = 0u; way < select(1u, 2u, TWO_SIDED); way += 1u) {
      var state = 0.0;
      var slope = 0.0;
      for (var t = 0u; t < params.n; t += 1u) {
        let at = element_at(line, select(t, params.n - 1u - t, (way == 1u) != BACK), feature);
        slope = fma(decay, slope, state);
        let faded = decay * state;
        state = faded + x[at];
        sum_b = fma(gradient[at], select(state, faded, way == 1u), sum_b);
        sum_lambda = fma(gradient[at], slope, sum_lambda);
      }
    }
    let to = term_at(r, line, feature);
    d_b[to] = sum_b;
    d_lambda[to] = sum_lambda * b[r * params.d + feature];
  }
}
