// What the gradients of signed gates need of v, dO and the states of a chunk of 16 rows and one head:
//   [channel of k][16] S dO_i, then [channel][16] dS v_j, then [channel] sum over v of S dS, then [16][16] scale dO_i . v_j
// with S the state before the chunk and dS the gradient of the one behind. An invocation takes one channel of k.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// dO and v.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;
@group(0) @binding(3) var<storage, read> states: array<vec4f>;
@group(0) @binding(4) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(5) var<storage, read> table: array<vec2u>;
@group(0) @binding(6) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-signed.wgsl
//!include common/recurrence-x.wgsl
//!include common/recurrence-y.wgsl

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) key: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let head = g % params.heads;
  let chunk = chunk_of(g / params.heads);
  rows_here = chunk.rows;
  let x_base = start_of(params.x, chunk, head);
  let y_base = start_of(params.y, chunk, head);
  let to = g * products_per_chunk();

  var product = vec4f();
  for (var quad = 0u; quad < value_quads(); quad += 1u) {
    product = fma(load_x(x_base, key / 16u, quad * 4u, params.values), load_y(y_base, key % 16u, quad * 4u, params.values), product);
  }
  result[to + pairs_start() + key] = params.scale * ((product.x + product.y) + (product.z + product.w));
  if (key >= params.keys) { return; }

  var seen: array<f32, ROWS>;
  var left: array<f32, ROWS>;
  var whole = 0.0;
  let start = state_start(chunk.slot, head) + key * value_quads();
  for (var quad = 0u; quad < value_quads(); quad += 1u) {
    let state = states[start + quad];
    let gradient = gradients[start + quad];
    whole += dot(state, gradient);
    for (var row = 0u; row < ROWS; row += 1u) {
      seen[row] += dot(state, load_x(x_base, row, quad * 4u, params.values));
      left[row] += dot(gradient, load_y(y_base, row, quad * 4u, params.values));
    }
  }
  for (var row = 0u; row < ROWS; row += 1u) {
    result[to + key * ROWS + row] = seen[row];
    result[to + (params.keys + key) * ROWS + row] = left[row];
  }
  result[to + 2u * params.keys * ROWS + key] = whole;
}
