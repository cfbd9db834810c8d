// dv_t = U_t^T (e^(x_t - m_t) k_t) with one invocation per value channel, which holds its column of U and walks a chunk backwards.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> gradient: array<f32>;
@group(0) @binding(4) var<storage, read> marks: array<f32>;
@group(0) @binding(5) var<storage, read> states: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dv: array<f32>;
//!include common/workgroup.wgsl
//!include common/lightnet-columns.wgsl

var<workgroup> references: array<f32, KEYS * 4u>;

// Factors of the `count` tokens below `end`, from the last on.
fn stage(unit: u32, end: u32, count: u32, lid: u32) {
  for (var c = lid; c < params.d; c += 64u) {
    var reference = references[c];
    for (var i = 0u; i < count; i += 1u) {
      let token = end - 1u - i;
      let mark = ((unit * params.tokens + token) * params.d + c) * 3u;
      let at = key_at(unit, token) + c;
      var key = weight_of(x[at], marks[mark]);
      if (HAS_KEY) { key *= k[at]; }
      set_token(i, c, exp_nonpositive(-abs(marks[mark] - reference)), marks[mark + 1u], key);
      reference = marks[mark];
    }
    references[c] = reference;
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
  for (var c = lid; c < params.d; c += 64u) { references[c] = states[row_at(state, c)].x; }
  var held = load_columns(state, column);
  let first = chunk * params.chunk;
  for (var end = min(params.tokens, first + params.chunk); end > first; end -= min(TOKENS, end - first)) {
    let count = min(TOKENS, end - first);
    workgroupBarrier();
    stage(unit, end, count, lid);
    workgroupBarrier();
    for (var i = 0u; i < count; i += 1u) {
      let at = value_at(unit, end - 1u - i) + column;
      let result = step_columns(&held, i, gradient[at]);
      if (own < params.e) { dv[at] = result; }
    }
  }
}
