// y = plus + sum over r of h_r, h_r = lambda_r h_r + b_r x along one axis (see assembly/lightnet/f32-filter.ts).
//!include common/lightnet-filter.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> lambda: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read> plus: array<f32>;
@group(0) @binding(5) var<storage, read> before: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> after: array<f32>;
//!include common/workgroup.wgsl

const HAS_PLUS: bool = false;
const HAS_STATE: bool = false;

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
  var h: array<f32, TERMS>;
  for (var r = 0u; r < TERMS; r += 1u) {
    if (HAS_STATE) { h[r] = before[term_at(r, line, feature)]; }
  }
  for (var t = 0u; t < params.n; t += 1u) {
    let at = element_at(line, select(t, params.n - 1u - t, BACK), feature);
    var sum = 0.0;
    if (HAS_PLUS) { sum = plus[at]; }
    for (var r = 0u; r < TERMS; r += 1u) {
      let factor = r * params.d + feature;
      h[r] = fma(lambda[factor], h[r], b[factor] * x[at]);
      sum += h[r];
    }
    y[at] = sum;
  }
  for (var r = 0u; r < TERMS; r += 1u) {
    after[term_at(r, line, feature)] = h[r];
    h[r] = 0.0;
  }
  if (!TWO_SIDED) { return; }
  for (var t = params.n; t > 0u; t -= 1u) {
    let at = element_at(line, t - 1u, feature);
    var sum = y[at];
    for (var r = 0u; r < TERMS; r += 1u) {
      let factor = r * params.d + feature;
      let faded = lambda[factor] * h[r];
      sum += faded;
      h[r] = fma(b[factor], x[at], faded);
    }
    y[at] = sum;
  }
}
