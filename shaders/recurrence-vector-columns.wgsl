// Gradients of recurrence-vector-scores.wgsl for the columns:
//   dy_j += sum_(i>j) strict_ij x_i e^(G_i - G_j) + sum_(i>=j) inclusive_ij q_i e^(G_i - G_j).
// A workgroup has 16 columns of one unit and 16 quads of channels. Later blocks are decayed from the block's last row.
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
@group(0) @binding(4) var<storage, read> x: array<vec4f>;
@group(0) @binding(5) var<storage, read> q: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dy: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/recurrence-decay.wgsl

var<workgroup> tile_x: array<vec4f, 256>;
var<workgroup> tile_q: array<vec4f, 256>;
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
  let column0 = g / parts % blocks * 16u;
  let unit = g / parts / blocks;
  let j = lid / 16u % 16u;
  let c = lid % 16u;
  let quad = g % parts * 16u + c;
  let inside = quad < quads;
  let channels = vec4u(4u * min(quad, quads - 1u)) + vec4u(0u, 1u, 2u, 3u);
  let reference = sums_at(unit, i32(column0) + 15, channels);
  let own = sums_at(unit, i32(column0 + j), channels);
  var sum = vec4f();
  // From the last block to the diagonal.
  for (var passed = 16u; passed <= params.chunk - column0; passed += 16u) {
    let row0 = params.chunk - passed;
    let diagonal = row0 == column0;
    let row = row0 + j;
    var of_x = vec4f();
    var of_q = vec4f();
    if (inside) {
      of_x = x[(unit * params.chunk + row) * quads + quad];
      of_q = q[(unit * params.chunk + row) * quads + quad];
    }
    if (!diagonal) {
      of_x *= decay_between(sums_at(unit, i32(row) - i32(params.exclusive), channels), reference);
      of_q *= decay_between(sums_at(unit, i32(row), channels), reference);
    }
    tile_x[j * 16u + c] = of_x;
    tile_q[j * 16u + c] = of_q;
    let at = (unit * params.chunk + row) * params.chunk + column0 + c;
    weights[j * 16u + c] = vec2f(strict[at], inclusive[at]);
    workgroupBarrier();
    if (diagonal) {
      sum *= decay_between(reference, own);
      for (var i = j; i < 16u; i += 1u) {
        let weight = weights[i * 16u + j];
        let late = sums_at(unit, i32(row0 + i), channels);
        sum += weight.y * tile_q[i * 16u + c] * decay_between(late, own);
        if (i == j) { continue; }
        var late_x = late;
        if (params.exclusive == 1u) { late_x = sums_at(unit, i32(row0 + i) - 1, channels); }
        sum += weight.x * tile_x[i * 16u + c] * decay_between(late_x, own);
      }
    } else {
      for (var i = 0u; i < 16u; i += 1u) {
        let weight = weights[i * 16u + j];
        sum += weight.x * tile_x[i * 16u + c] + weight.y * tile_q[i * 16u + c];
      }
    }
    workgroupBarrier();
  }
  if (inside) { dy[(unit * params.chunk + column0 + j) * quads + quad] += sum; }
}
