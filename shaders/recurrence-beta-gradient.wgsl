// dbeta = k . dk + v . dv where dk and dv are the gradients of beta k and of beta v. An invocation has one row of a unit.
struct Params {
  group_base: u32,
  group_count: u32,
  chunk0: u32,
  slot0: u32,
  heads: u32,
  k_padded: u32,
  v: u32,
  v_padded: u32,
  invocations: u32,
  chunk: u32,
  householders: u32,
  tokens: u32,
  order: u32,
  pad0: u32,
  pad1: u32,
  pad2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec4u>;
// [unit][chunk][padded]
@group(0) @binding(2) var<storage, read> k: array<vec4f>;
@group(0) @binding(3) var<storage, read> dk: array<vec4f>;
@group(0) @binding(4) var<storage, read> dv: array<f32>;
// Of the call.
@group(0) @binding(5) var<storage, read> v: array<f32>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-chunks.wgsl
//!include common/recurrence-order.wgsl


@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let invocation = g * 256u + lid;
  if (invocation >= params.invocations) { return; }
  let unit = invocation / params.chunk;
  let row = invocation % params.chunk;
  let entry = chunk_of(unit);
  if (row >= entry.y) { return; }
  let target_row = step_row(entry, entry.x + row, unit % params.heads, params.heads);
  let quads = params.k_padded / 4u;
  var sum = 0.0;
  for (var i = 0u; i < quads; i += 1u) { sum += dot(k[invocation * quads + i], dk[invocation * quads + i]); }
  for (var i = 0u; i < params.v; i += 1u) { sum += v[target_row * params.v + i] * dv[invocation * params.v_padded + i]; }
  dbeta[target_row] = sum;
}
