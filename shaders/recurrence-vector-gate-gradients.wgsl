// Gradients of log-decays, one per row and channel: the sum over the rows from this one to the end of its chunk of
// q dq - k dk, and the product of state and gradient there. EXCLUSIVE: q dq from the next row on, since a row does not see its own
// decay. An invocation takes one channel of a chunk.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// q, dq, k, and dk, which lies as dq does.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> z: array<vec4u>;
@group(0) @binding(4) var<storage, read> dk: array<f32>;
// Products of state and gradient, [chunk][head][channel].
@group(0) @binding(5) var<storage, read> ends: array<f32>;
@group(0) @binding(6) var<storage, read> decays: array<vec4f>;
@group(0) @binding(7) var<storage, read> table: array<vec2u>;
@group(0) @binding(8) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl
//!include common/recurrence-quads.wgsl
//!include common/recurrence-elements.wgsl

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let groups = (params.heads * params.keys + 63u) / 64u;
  let column = g % groups * 64u + lid;
  if (g >= params.group_count || column >= params.heads * params.keys) { return; }
  let head = column / params.keys;
  let key = column % params.keys;
  let chunk = chunk_of(g / groups);
  let x_base = start_of(params.x, chunk, head) + key;
  let y_base = start_of(params.y, chunk, head) + key;
  let z_base = start_of(params.z, chunk, head) + key;
  let result_base = start_of(params.result, chunk, head) + key;
  var sum = ends[(chunk.index * params.heads + head) * params.keys + key];
  for (var row = chunk.rows; row > 0u; row -= 1u) {
    let at = y_base + (row - 1u) * step_of(params.y);
    let seen = x_element(x_base + (row - 1u) * step_of(params.x)) * y[at];
    let after = sum - z_element(z_base + (row - 1u) * step_of(params.z)) * dk[at];
    sum = after + seen;
    // A reset keeps nothing, so nothing depends on it.
    let reset = decay_at(chunk.index, head, row - 1u, key / 4u)[key % 4u] == 0.0;
    result[result_base + (row - 1u) * step_of(params.result)] = select(select(sum, after, EXCLUSIVE), 0.0, reset);
  }
}
