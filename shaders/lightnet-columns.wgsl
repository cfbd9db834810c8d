// The recurrence with one invocation per value channel, which holds its column of the state and walks a chunk:
// o_t = sum over channels of scale q_t / l_t A_t. The gates of a few tokens are made together, one channel per invocation.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> k: array<f32>;
@group(0) @binding(4) var<storage, read> v: array<f32>;
@group(0) @binding(5) var<storage, read> states: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> o: array<f32>;
//!include common/workgroup.wgsl
//!include common/lightnet-columns.wgsl

var<workgroup> most: array<f32, KEYS * 4u>;
var<workgroup> sums: array<f32, KEYS * 4u>;

// Gates of the tokens [first, first + count): channel by channel, in order.
fn stage(unit: u32, first: u32, count: u32, lid: u32) {
  for (var c = lid; c < params.d; c += 64u) {
    var gate = Gate(most[c], sums[c], 1.0, 0.0);
    for (var i = 0u; i < count; i += 1u) {
      let at = key_at(unit, first + i) + c;
      var key = 0.0;
      if (!GLOBAL) {
        gate = next_gate(gate, x[at]);
        key = gate.weight;
        if (HAS_KEY) { key *= k[at]; }
      }
      set_token(i, c, gate.decay, key, over(params.scale, gate.sum) * q[at]);
    }
    most[c] = gate.most;
    sums[c] = gate.sum;
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let blocks = (params.e + 63u) / 64u;
  let chunk = g / blocks % params.chunks;
  let unit = g / blocks / params.chunks;
  let own = g % blocks * 64u + lid;
  let column = min(own, params.e - 1u);
  let state = select(unit * params.chunks + chunk, unit, GLOBAL);
  clear_tokens(lid);
  for (var c = lid; c < params.d; c += 64u) {
    most[c] = states[row_at(state, c)].x;
    sums[c] = states[row_at(state, c)].y;
  }
  var held = load_columns(state, column);
  let end = min(params.tokens, (chunk + 1u) * params.chunk);
  for (var first = chunk * params.chunk; first < end; first += TOKENS) {
    let count = min(TOKENS, end - first);
    workgroupBarrier();
    stage(unit, first, count, lid);
    workgroupBarrier();
    for (var i = 0u; i < count; i += 1u) {
      let at = value_at(unit, first + i) + column;
      let result = step_columns(&held, i, v[at]);
      if (own < params.e) { o[at] = result; }
    }
  }
}
