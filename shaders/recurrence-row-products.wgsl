// dO . v of every row and value head of a segment, times the scale: [row][head]. An invocation makes one of them.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;
@group(0) @binding(3) var<storage, read> table: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-x.wgsl
//!include common/recurrence-y.wgsl

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let index = g * 256u + lid;
  if (g >= params.group_count || index >= params.chunks * params.chunk * params.heads) { return; }
  let head = index % params.heads;
  let row = index / params.heads % params.chunk;
  let chunk = chunk_of(index / params.heads / params.chunk);
  rows_here = chunk.rows;
  let x_base = start_of(params.x, chunk, head);
  let y_base = start_of(params.y, chunk, head);
  var products = vec4f();
  for (var quad = 0u; quad < value_quads(); quad += 1u) {
    products = fma(load_x(x_base, row, quad * 4u, params.values), load_y(y_base, row, quad * 4u, params.values), products);
  }
  result[index] = params.scale * ((products.x + products.y) + (products.z + products.w));
}
