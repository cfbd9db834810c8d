// What the bonus on the diagonal adds to dq and dk, and the parts of its own gradient, [chunk of the call][head][channel]. An
// invocation takes one channel of a chunk.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// q and k, and the products of recurrence-row-products.wgsl.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> z: array<vec4u>;
@group(0) @binding(3) var<storage, read> products: array<f32>;
@group(0) @binding(4) var<storage, read> bonus: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<vec2u>;
@group(0) @binding(6) var<storage, read_write> dq: array<f32>;
@group(0) @binding(7) var<storage, read_write> dk: array<f32>;
@group(0) @binding(8) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl
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
  let z_base = start_of(params.z, chunk, head) + key;
  let y_base = start_of(params.y, chunk, head) + key;
  let factor = bonus[head / params.share * params.keys + key];
  var sum = 0.0;
  for (var row = 0u; row < chunk.rows; row += 1u) {
    let q = x_element(x_base + row * step_of(params.x));
    let k = z_element(z_base + row * step_of(params.z));
    let product = products[(chunk.index * params.chunk + row) * params.heads + head];
    let at = y_base + row * step_of(params.y);
    dq[at] += product * factor * k;
    dk[at] += product * factor * q;
    sum += product * q * k;
  }
  result[((params.first_chunk + chunk.index) * params.heads + head) * params.keys + key] = sum;
}
