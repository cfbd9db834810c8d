// Scores of rows against earlier rows where every key channel decays by itself:
//   strict_ij = sum_d x_i y_j e^(G_i - G_j), j < i,   and the same of rows q with j <= i.
// Blocks of 16 x 16, one a workgroup. Below the diagonal both factors are decayed to or from the row before the block, so
// that no exponent is above 0 where no gate is; on it, every pair and channel has its own.
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
// [unit][chunk][k]
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> q: array<vec4f>;
@group(0) @binding(4) var<storage, read> y: array<vec4f>;
// [unit][chunk][chunk]
@group(0) @binding(5) var<storage, read_write> strict: array<f32>;
@group(0) @binding(6) var<storage, read_write> inclusive: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-decay.wgsl

// Quads of channels in a step.
const STEP: u32 = 8;
const SHARE: u32 = 16u * STEP;

var<workgroup> tile_x: array<vec4f, SHARE>;
var<workgroup> tile_q: array<vec4f, SHARE>;
var<workgroup> tile_y: array<vec4f, SHARE>;
// Of the diagonal's rows, the one before the block first.
var<workgroup> sums: array<Sums, SHARE + STEP>;

fn channels_of(quad: u32) -> vec4u {
  return vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u);
}

fn stage(unit: u32, row0: u32, column0: u32, quad0: u32, lid: u32) {
  let quads = params.k_padded / 4u;
  let diagonal = row0 == column0;
  for (var e = lid; e < SHARE; e += 256u) {
    let quad = quad0 + e % STEP;
    let row = row0 + e / STEP;
    let column = column0 + e / STEP;
    let at = e % SHARE;
    if (quad >= quads) {
      tile_x[at] = vec4f();
      tile_q[at] = vec4f();
      tile_y[at] = vec4f();
      continue;
    }
    let channels = channels_of(quad);
    tile_x[at] = x[(unit * params.chunk + row) * quads + quad];
    tile_q[at] = q[(unit * params.chunk + row) * quads + quad];
    tile_y[at] = y[(unit * params.chunk + column) * quads + quad];
    if (diagonal) { continue; }
    let reference = sums_at(unit, i32(row0) - 1, channels);
    tile_x[at] *= decay_between(sums_at(unit, i32(row) - i32(params.exclusive), channels), reference);
    tile_q[at] *= decay_between(sums_at(unit, i32(row), channels), reference);
    tile_y[at] *= decay_between(reference, sums_at(unit, i32(column), channels));
  }
  if (!diagonal) { return; }
  for (var e = lid; e < SHARE + STEP; e += 256u) {
    let quad = min(quad0 + e % STEP, quads - 1u);
    sums[e % (SHARE + STEP)] = sums_at(unit, i32(row0 + e / STEP) - 1, channels_of(quad));
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let blocks = params.chunk / 16u;
  let column0 = g % blocks * 16u;
  let row0 = g / blocks % blocks * 16u;
  let unit = g / (blocks * blocks);
  let i = lid / 16u % 16u;
  let j = lid % 16u;
  var of_x = 0.0;
  var of_q = 0.0;
  if (column0 <= row0) {
    for (var quad0 = 0u; quad0 < params.k_padded / 4u; quad0 += STEP) {
      stage(unit, row0, column0, quad0, lid);
      workgroupBarrier();
      for (var c = 0u; c < STEP; c += 1u) {
        var late = tile_q[i * STEP + c];
        var late_x = tile_x[i * STEP + c];
        if (row0 == column0) {
          let early = sums[(j + 1u) * STEP + c];
          let decay = decay_between(sums[(i + 1u) * STEP + c], early);
          late *= decay;
          if (params.exclusive == 1u) { late_x *= decay_between(sums[i * STEP + c], early); } else { late_x *= decay; }
        }
        of_q += dot(late, tile_y[j * STEP + c]);
        of_x += dot(late_x, tile_y[j * STEP + c]);
      }
      workgroupBarrier();
    }
  }
  let at = (unit * params.chunk + row0 + i) * params.chunk + column0 + j;
  strict[at] = select(0.0, of_x, column0 + j < row0 + i);
  inclusive[at] = select(0.0, of_q, column0 + j <= row0 + i);
}
