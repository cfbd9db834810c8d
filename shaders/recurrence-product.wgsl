// z = alpha f (X0 Y0) + X1 Y1 + z for every unit, tile by tile: what chunks of every recurrence are made of. A workgroup computes
// 64 x 64 of z; invocation (ty, tx) of 16 x 16 has rows 4 ty + i and columns tx + 16 j, which lie beside each other in memory.
// Operands are row-major with whole quads in a row, m, n and the inner extents are multiples of 4.
struct Params {
  group_base: u32,
  group_count: u32,
  chunk0: u32,
  slot0: u32,
  heads: u32,
  householders: u32,
  m: u32,
  n: u32,
  inner0: u32,
  inner1: u32,
  // Channels of a row of z, where z is a tensor of the call.
  width: u32,
  gate_width: u32,
  alpha: f32,
  chunk: u32,
  gate: u32,
  // f: carry() of common/recurrence-decay.wgsl by row and column.
  carry: u32,
  // z is masked, and decayed from row j to row i: 1: where j < i; 2: where j <= i.
  mask: u32,
  // Of the FLAGS below.
  flags: u32,
  tokens: u32,
  order: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec4u>;
@group(0) @binding(2) var<storage, read> decays: array<u32>;
@group(0) @binding(3) var<storage, read> x0: array<vec4f>;
@group(0) @binding(4) var<storage, read> y0: array<vec4f>;
@group(0) @binding(5) var<storage, read> x1: array<vec4f>;
@group(0) @binding(6) var<storage, read> y1: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> z: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-chunks.wgsl
//!include common/recurrence-order.wgsl
//!include common/recurrence-decay.wgsl

// Stored the other way round.
const X0_TRANSPOSED: u32 = 1u << 0u;
const Y0_TRANSPOSED: u32 = 1u << 1u;
const X1_TRANSPOSED: u32 = 1u << 2u;
const Y1_TRANSPOSED: u32 = 1u << 3u;
// Indexed by slot_of() rather than by unit.
const Y0_SLOTS: u32 = 1u << 4u;
const Z_SLOTS: u32 = 1u << 5u;
const TWO_TERMS: u32 = 1u << 6u;
const ACCUMULATE: u32 = 1u << 7u;
// z is the call's output: only the rows that exist, of micro-steps the last of each token.
const TOKENS: u32 = 1u << 8u;

const STEP: u32 = 16;
const STRIDE: u32 = STEP + 1u;

// A step of both operands as [inner][vector]: of X, vector i holds rows 4 i..; of Y, columns i, i + 16, i + 32, i + 48.
var<workgroup> tile_x: array<vec4f, STEP * STRIDE>;
var<workgroup> tile_y: array<vec4f, STEP * STRIDE>;

fn has(flag: u32) -> bool {
  return (params.flags & flag) != 0u;
}

fn fetch_x(term: u32, at: u32) -> vec4f {
  if (term == 0u) { return x0[at]; }
  return x1[at];
}

fn fetch_y(term: u32, at: u32) -> vec4f {
  if (term == 0u) { return y0[at]; }
  return y1[at];
}

fn stage_x(term: u32, unit: u32, row0: u32, k0: u32, inner: u32, lid: u32) {
  let e = lid % 256u;
  let base = unit * params.m * inner / 4u;
  if (has(select(X0_TRANSPOSED, X1_TRANSPOSED, term == 1u))) {
    let k = k0 + e / 16u;
    let row = row0 + e % 16u * 4u;
    var block = vec4f();
    if (k < inner && row < params.m) { block = fetch_x(term, base + (k * params.m + row) / 4u); }
    tile_x[e / 16u * STRIDE + e % 16u] = block;
    return;
  }
  let row = row0 + e / 4u;
  let k = k0 + e % 4u * 4u;
  var block = vec4f();
  if (row < params.m && k < inner) { block = fetch_x(term, base + (row * inner + k) / 4u); }
  for (var i = 0u; i < 4u; i += 1u) { tile_x[(e % 4u * 4u + i) * STRIDE + e / 16u][e / 4u % 4u] = block[i]; }
}

fn stage_y(term: u32, unit: u32, column0: u32, k0: u32, inner: u32, lid: u32) {
  let e = lid % 256u;
  var index = unit;
  if (has(Y0_SLOTS) && term == 0u) { index = slot_of(unit); }
  let base = index * params.n * inner / 4u;
  if (has(select(Y0_TRANSPOSED, Y1_TRANSPOSED, term == 1u))) {
    let column = e / 4u;
    let k = k0 + e % 4u * 4u;
    var block = vec4f();
    if (column0 + column < params.n && k < inner) {
      block = fetch_y(term, base + ((column0 + column) * inner + k) / 4u);
    }
    for (var i = 0u; i < 4u; i += 1u) { tile_y[(e % 4u * 4u + i) * STRIDE + column % 16u][column / 16u] = block[i]; }
    return;
  }
  let k = k0 + e / 16u;
  let column = e % 16u * 4u;
  var block = vec4f();
  if (k < inner && column0 + column < params.n) {
    block = fetch_y(term, base + (k * params.n + column0 + column) / 4u);
  }
  for (var i = 0u; i < 4u; i += 1u) { tile_y[e / 16u * STRIDE + (column + i) % 16u][e % 16u / 4u] = block[i]; }
}

fn multiplied(sum: mat4x4f, term: u32, unit: u32, row0: u32, column0: u32, inner: u32, lid: u32) -> mat4x4f {
  let e = lid % 256u;
  var result = sum;
  for (var k0 = 0u; k0 < inner; k0 += STEP) {
    stage_x(term, unit, row0, k0, inner, lid);
    stage_y(term, unit, column0, k0, inner, lid);
    workgroupBarrier();
    for (var k = 0u; k < STEP; k += 1u) {
      let x = tile_x[k * STRIDE + e / 16u];
      let y = tile_y[k * STRIDE + e % 16u];
      result += mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
    }
    workgroupBarrier();
  }
  return result;
}

fn masked(values: vec4f, unit: u32, row: u32, columns: vec4u) -> vec4f {
  let kept = columns < vec4u(row + params.mask - 1u);
  if (params.gate != 1u) { return select(vec4f(), values, kept); }
  var early: Sums;
  for (var j = 0u; j < 4u; j += 1u) {
    let sums = sums_at(unit, i32(min(columns[j], params.chunk - 1u)), vec4u());
    early.logs[j] = sums.logs.x;
    early.marks[j] = sums.marks.x;
  }
  return select(vec4f(), values * decay_between(sums_at(unit, i32(row), vec4u()), early), kept);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let tiles_m = (params.m + 63u) / 64u;
  let tiles_n = (params.n + 63u) / 64u;
  let unit = g / (tiles_m * tiles_n);
  let row0 = g / tiles_n % tiles_m * 64u;
  let column0 = g % tiles_n * 64u;
  let row = row0 + lid / 16u * 4u;
  let columns = vec4u(column0 + lid % 16u) + vec4u(0u, 16u, 32u, 48u);

  var sums = multiplied(mat4x4f(), 0u, unit, row0, column0, params.inner0, lid);
  for (var i = 0u; i < 4u; i += 1u) {
    sums[i] *= params.alpha;
    sums[i] *= carry(params.carry, unit, min(row + i, params.m - 1u), min(columns, vec4u(params.n - 1u)));
  }
  if (has(TWO_TERMS)) { sums = multiplied(sums, 1u, unit, row0, column0, params.inner1, lid); }

  let entry = chunk_of(unit);
  var base = unit * params.m * params.n;
  if (has(Z_SLOTS)) { base = slot_of(unit) * params.m * params.n; }
  for (var i = 0u; i < 4u && row + i < params.m; i += 1u) {
    var values = sums[i];
    var at = base + (row + i) * params.n;
    var width = params.n;
    if (has(TOKENS)) {
      let step = entry.x + row + i;
      if (row + i >= entry.y || (step + 1u) % params.householders != 0u) { continue; }
      width = params.width;
      at = token_row(entry, step, unit % params.heads, params.heads) * width;
    }
    if (has(ACCUMULATE)) {
      for (var j = 0u; j < 4u; j += 1u) { if (columns[j] < width) { values[j] += z[at + columns[j]]; } }
    }
    if (params.mask != 0u) { values = masked(values, unit, row + i, columns); }
    for (var j = 0u; j < 4u; j += 1u) { if (columns[j] < width) { z[at + columns[j]] = values[j]; } }
  }
}
