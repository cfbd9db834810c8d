// Gradients of recurrence-vector-scores.wgsl for the rows: from those of its results, strict and inclusive,
//   dx_i += sum_(j<i) strict_ij y_j e^(G_i - G_j),   dq_i += sum_(j<=i) inclusive_ij y_j e^(G_i - G_j).
// A workgroup has 16 rows of one unit and 16 quads of channels.
struct Params {
  group_base: u32,
  group_count: u32,
  k_padded: u32,
  gate_width: u32,
  chunk: u32,
  gate: u32,
  // Row i of x stands before the gate of its step: G_(i-1).
  exclusive: u32,
  pad0: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> decays: array<u32>;
@group(0) @binding(2) var<storage, read> strict: array<f32>;
@group(0) @binding(3) var<storage, read> inclusive: array<f32>;
@group(0) @binding(4) var<storage, read> y: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dq: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/recurrence-decay.wgsl

var<workgroup> tile_y: array<vec4f, 256>;
var<workgroup> early: array<Sums, 256>;
// (strict, inclusive) by [row][column]
var<workgroup> weights: array<vec2f, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let blocks = params.chunk / 16u;
  let quads = params.k_padded / 4u;
  let parts = (quads + 15u) / 16u;
  let row0 = g / parts % blocks * 16u;
  let unit = g / parts / blocks;
  let i = lid / 16u % 16u;
  let c = lid % 16u;
  let quad = g % parts * 16u + c;
  let inside = quad < quads;
  let channels = vec4u(4u * min(quad, quads - 1u)) + vec4u(0u, 1u, 2u, 3u);
  let reference = sums_at(unit, i32(row0) - 1, channels);
  let own = sums_at(unit, i32(row0 + i), channels);
  let own_x = sums_at(unit, i32(row0 + i) - i32(params.exclusive), channels);
  var of_x = vec4f();
  var of_q = vec4f();
  for (var column0 = 0u; column0 <= row0; column0 += 16u) {
    let diagonal = column0 == row0;
    let sums = sums_at(unit, i32(column0 + i), channels);
    var values = vec4f();
    if (inside) { values = y[(unit * params.chunk + column0 + i) * quads + quad]; }
    if (!diagonal) { values *= decay_between(reference, sums); }
    tile_y[i * 16u + c] = values;
    early[i * 16u + c] = sums;
    let at = (unit * params.chunk + row0 + i) * params.chunk + column0 + c;
    weights[i * 16u + c] = vec2f(strict[at], inclusive[at]);
    workgroupBarrier();
    if (diagonal) {
      of_x *= decay_between(own_x, reference);
      of_q *= decay_between(own, reference);
      for (var j = 0u; j <= i; j += 1u) {
        let at_j = early[j * 16u + c];
        let decayed = tile_y[j * 16u + c] * decay_between(own, at_j);
        of_q += weights[i * 16u + j].y * decayed;
        if (j == i) { continue; }
        if (params.exclusive == 1u) {
          of_x += weights[i * 16u + j].x * tile_y[j * 16u + c] * decay_between(own_x, at_j);
        } else {
          of_x += weights[i * 16u + j].x * decayed;
        }
      }
    } else {
      for (var j = 0u; j < 16u; j += 1u) {
        let weight = weights[i * 16u + j];
        of_x += weight.x * tile_y[j * 16u + c];
        of_q += weight.y * tile_y[j * 16u + c];
      }
    }
    workgroupBarrier();
  }
  if (!inside) { return; }
  let at = (unit * params.chunk + row0 + i) * quads + quad;
  dx[at] += of_x;
  dq[at] += of_q;
}
