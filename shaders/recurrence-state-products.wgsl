// State times gradient, summed over v, at the end of every chunk: where the sum that makes the gradients of log-decays begins.
// VECTOR: [chunk][head][channel of k]; otherwise summed over those too, [chunk][head]. A workgroup takes one chunk of a head.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// States from their first slot on, with the last one of every sequence; and gradients.
@group(0) @binding(1) var<storage, read> states: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(3) var<storage, read> table: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl

const VECTOR: bool = false;
// Invocations that share a channel of k.
const PARTS: u32 = 4;

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
  let behind = state_start(chunk.slot + 1u, head);
  let start = state_start(chunk.slot, head);
  var all = 0.0;
  for (var first = 0u; first < params.keys; first += 256u / PARTS) {
    let key = first + lid / PARTS;
    var products = vec4f();
    if (key < params.keys) {
      for (var quad = lid % PARTS; quad < value_quads(); quad += PARTS) {
        let at = key * value_quads() + quad;
        products = fma(states[behind + at], gradients[start + at], products);
      }
    }
    sums[lid] = (products.x + products.y) + (products.z + products.w);
    workgroupBarrier();
    if (lid % PARTS == 0u && key < params.keys) {
      let sum = (sums[lid] + sums[lid + 1u]) + (sums[lid + 2u] + sums[lid + 3u]);
      if (VECTOR) { result[g * params.keys + key] = sum; }
      all += sum;
    }
    workgroupBarrier();
  }
  if (VECTOR) { return; }
  sums[lid] = all;
  workgroupBarrier();
  for (var width = 128u; width > 0u; width /= 2u) {
    if (lid < width) { sums[lid] += sums[(lid + width) % 256u]; }
    workgroupBarrier();
  }
  if (lid == 0u) { result[g] = sums[0]; }
}
