// Gradients of factors of either sign: <dS_t, S_(t-1)>, both unrolled over a chunk of 16 rows, so that nothing is divided by a
// factor, which may be 0:
//   sum over i >= t, j < t of q_i k_j (dO_i . v_j) times the factors between them but that of t
// with the chunk's first state and last gradient as one more j and i. An invocation takes one channel of k; the result is per
// channel whether gates are or not.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// q, the gates, k.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;
@group(0) @binding(3) var<storage, read> z: array<vec4u>;
@group(0) @binding(4) var<storage, read> products: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<vec2u>;
@group(0) @binding(6) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-signed.wgsl
//!include common/recurrence-elements.wgsl

const Y_FORMAT: u32 = 8;
// A gate per channel of k, not per row.
const VECTOR: bool = false;
const EXCLUSIVE: bool = false;

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
  let from_products = (chunk.index * params.heads + head) * products_per_chunk();
  let seen_at = from_products + key * ROWS;
  let left_at = from_products + (params.keys + key) * ROWS;
  let pairs_at = from_products + pairs_start();
  let x_base = start_of(params.x, chunk, head) + key;
  let y_base = start_of(params.y, chunk, head) + select(0u, key, VECTOR);
  let z_base = start_of(params.z, chunk, head) + key;
  let result_base = start_of(params.result, chunk, head) + key;

  var keys: array<f32, ROWS>;
  var factors: array<f32, ROWS>;
  for (var row = 0u; row < chunk.rows; row += 1u) {
    keys[row] = z_element(z_base + row * step_of(params.z));
    let at = y_base + row * step_of(params.y);
    factors[row] = quad_in(y[at / per_block(Y_FORMAT)], at, Y_FORMAT)[at % 4u];
  }
  // Of every earlier row and of the first state, what the rows from t on see, but for the factors up to t; of the last gradient,
  // the factors behind t.
  var pairs: array<f32, ROWS>;
  var first = 0.0;
  var behind = 1.0;
  for (var t = chunk.rows; t > 0u; t -= 1u) {
    let row = t - 1u;
    let q = x_element(x_base + row * step_of(params.x));
    if (!EXCLUSIVE) {
      for (var j = 0u; j < row; j += 1u) { pairs[j] += q * products[pairs_at + row * ROWS + j]; }
      first += params.scale * q * products[seen_at + row];
    }
    var sum = 0.0;
    var before = 1.0;
    for (var j = row; j > 0u; j -= 1u) {
      sum += before * keys[j - 1u] * (pairs[j - 1u] + behind * products[left_at + j - 1u]);
      before *= factors[j - 1u];
    }
    let end = products[from_products + 2u * params.keys * ROWS + key];
    result[result_base + row * step_of(params.result)] = sum + before * (first + behind * end);
    for (var j = 0u; j < row; j += 1u) { pairs[j] *= factors[row]; }
    first *= factors[row];
    behind *= factors[row];
    if (EXCLUSIVE) {
      for (var j = 0u; j < row; j += 1u) { pairs[j] += q * products[pairs_at + row * ROWS + j]; }
      first += params.scale * q * products[seen_at + row];
    }
  }
}
