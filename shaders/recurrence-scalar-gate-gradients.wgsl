// Gradients of log-decays, one per row: the sum over the rows from this one to the end of its chunk of q . dq - k . dk, and the
// product of state and gradient there. A longer sum would lose digits. A workgroup takes one chunk of a head.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// q, dq, k, and dk, which lies as dq does.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;
@group(0) @binding(3) var<storage, read> z: array<vec4u>;
@group(0) @binding(4) var<storage, read> dk: array<f32>;
@group(0) @binding(5) var<storage, read> ends: array<f32>;
@group(0) @binding(6) var<storage, read> decays: array<vec4f>;
@group(0) @binding(7) var<storage, read> table: array<vec2u>;
@group(0) @binding(8) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl
//!include common/recurrence-x.wgsl
//!include common/recurrence-y.wgsl
//!include common/recurrence-z.wgsl

// One log-decay per head: the sum over a chunk, [chunk of the call][head].
const PER_HEAD: bool = false;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let head = g % params.heads;
  let chunk = chunk_of(g / params.heads);
  rows_here = chunk.rows;
  let x_base = start_of(params.x, chunk, head);
  let y_base = start_of(params.y, chunk, head);
  let z_base = start_of(params.z, chunk, head);
  let parts = 256u / params.chunk;
  let mine = lid / parts;
  var products = vec4f();
  if (mine < chunk.rows) {
    for (var quad = lid % parts; quad < key_quads(); quad += parts) {
      let q = load_x(x_base, mine, quad * 4u, params.keys);
      let k = load_z(z_base, mine, quad * 4u, params.keys);
      products = fma(q, load_y(y_base, mine, quad * 4u, params.keys), products);
      for (var i = 0u; i < 4u && quad * 4u + i < params.keys; i += 1u) {
        products[i] -= k[i] * dk[y_base + mine * step_of(params.y) + quad * 4u + i];
      }
    }
  }
  sums[lid] = (products.x + products.y) + (products.z + products.w);
  workgroupBarrier();
  // From here on an invocation has a row.
  var sum = 0.0;
  if (lid < chunk.rows) {
    for (var part = 0u; part < parts; part += 1u) { sum += sums[lid * parts + part]; }
    if (lid == chunk.rows - 1u) { sum += ends[g]; }
  }
  workgroupBarrier();
  sums[lid] = sum;
  workgroupBarrier();
  for (var width = 1u; width < params.chunk; width *= 2u) {
    let behind = select(0.0, sums[(lid + width) % 256u], lid + width < 256u);
    workgroupBarrier();
    sums[lid] += behind;
    workgroupBarrier();
  }
  // A reset keeps nothing, so nothing depends on it. Its code is more than that of the row before.
  let code = u32(decays[scalar_at(chunk.index, head, lid)].z);
  var before = 0u;
  if (lid > 0u) { before = u32(decays[scalar_at(chunk.index, head, lid - 1u)].z); }
  let gradient = select(sums[lid], 0.0, code != before || lid >= chunk.rows);
  if (!PER_HEAD) {
    if (lid < chunk.rows) { result[start_of(params.result, chunk, head) + lid * step_of(params.result)] = gradient; }
    return;
  }
  workgroupBarrier();
  sums[lid] = gradient;
  workgroupBarrier();
  for (var width = 128u; width > 0u; width /= 2u) {
    if (lid < width) { sums[lid] += sums[(lid + width) % 256u]; }
    workgroupBarrier();
  }
  if (lid == 0u) { result[(params.first_chunk + chunk.index) * params.heads + head] = sums[0]; }
}
