// act(A B + bias) where rows of A, B and the result are whole quads (n % 4 = 0; k % 4 = 0, or m % 4 = 0 when A is
// transposed). Sums are f32. One invocation holds 8 x 8 results: rows 4 apart, two quads of columns 8 quads apart, so that
// the 4 x 8 lanes of a warp touch neighbouring quads of the staged tiles. The tiles pass in steps of 8 along k through two
// buffers: while one is multiplied the next is on its way from memory, and each step needs one barrier.
//!include common/matmul-tiles.wgsl

// vec4f, or vec4<f16> with shader-f16
alias QuadA = vec4f;
alias QuadB = vec4f;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<QuadA>;
@group(0) @binding(2) var<storage, read> b: array<QuadB>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> c: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/activation.wgsl

// A warp computes 32 x 64 results.
const WARPS_M: u32 = 2;
const WARPS_N: u32 = 2;
const TRANSPOSE_A: bool = false;
const TRANSPOSE_B: bool = false;
const HAS_BIAS: bool = false;
// False when m, n and k are multiples of the tile and of 16: no bounds to look at.
const EDGES: bool = true;

const INVOCATIONS: u32 = WARPS_M * WARPS_N * 32u;
const TILE_M: u32 = WARPS_M * 32u;
const TILE_N: u32 = WARPS_N * 64u;
const TILE_N4: u32 = WARPS_N * 16u;
const STEP: u32 = 8u;
// Quads of one buffer, and of one invocation's share of it.
const A_QUADS: u32 = TILE_M * 2u;
const B_QUADS: u32 = TILE_N4 * STEP;
const A_SHARE: u32 = A_QUADS / INVOCATIONS;
const B_SHARE: u32 = B_QUADS / INVOCATIONS;

// tile_a[m][k quad], tile_b[k][n quad]
var<workgroup> tile_a: array<vec4f, 2u * A_QUADS>;
var<workgroup> tile_b: array<vec4f, 2u * B_QUADS>;

var<private> next_a: array<vec4f, A_SHARE>;
var<private> next_b: array<vec4f, B_SHARE>;

// Results by row: named, because arrays of accumulators end in memory on some drivers.
var<private> c0: mat2x4f;
var<private> c1: mat2x4f;
var<private> c2: mat2x4f;
var<private> c3: mat2x4f;
var<private> c4: mat2x4f;
var<private> c5: mat2x4f;
var<private> c6: mat2x4f;
var<private> c7: mat2x4f;

fn fetch_a(tile: Tile, k0: u32, e: u32) -> vec4f {
  if (TRANSPOSE_A) {
    let k = k0 + e % STEP;
    let column = tile.row * (TILE_M / 4u) + e / STEP;
    if (!EDGES) { return vec4f(a[tile.a + k * (params.m / 4u) + column]); }
    return select(vec4f(), vec4f(a[tile.a + k * (params.m / 4u) + min(column, params.m / 4u - 1u)]), k < params.k);
  }
  let row = tile.row * TILE_M + e / 2u;
  let k4 = k0 / 4u + e % 2u;
  if (!EDGES) { return vec4f(a[tile.a + row * (params.k / 4u) + k4]); }
  return select(vec4f(), vec4f(a[tile.a + min(row, params.m - 1u) * (params.k / 4u) + k4]), k4 < params.k / 4u);
}

fn fetch_b(tile: Tile, k0: u32, e: u32) -> vec4f {
  if (TRANSPOSE_B) {
    let row = tile.column * TILE_N + e / 2u;
    let k4 = k0 / 4u + e % 2u;
    if (!EDGES) { return vec4f(b[tile.b + row * (params.k / 4u) + k4]); }
    return select(vec4f(), vec4f(b[tile.b + min(row, params.n - 1u) * (params.k / 4u) + k4]), k4 < params.k / 4u);
  }
  let k = k0 + e / TILE_N4;
  let column = tile.column * TILE_N4 + e % TILE_N4;
  if (!EDGES) { return vec4f(b[tile.b + k * (params.n / 4u) + column]); }
  return select(vec4f(), vec4f(b[tile.b + k * (params.n / 4u) + min(column, params.n / 4u - 1u)]), k < params.k);
}

fn fetch(tile: Tile, k0: u32, lid: u32) {
  for (var i = 0u; i < A_SHARE; i += 1u) { next_a[i] = fetch_a(tile, k0, lid + i * INVOCATIONS); }
  for (var i = 0u; i < B_SHARE; i += 1u) { next_b[i] = fetch_b(tile, k0, lid + i * INVOCATIONS); }
}

// Indices are written with % and / of constants wherever a compiler could not otherwise see that they are in bounds.
fn stage(buffer: u32, lid: u32) {
  for (var i = 0u; i < A_SHARE; i += 1u) {
    let e = lid % INVOCATIONS + i * INVOCATIONS;
    if (TRANSPOSE_A) {
      let at = buffer % 2u * A_QUADS + e / STEP * 8u + e % STEP / 4u;
      for (var r = 0u; r < 4u; r += 1u) { tile_a[at + r * 2u][e % 4u] = next_a[i][r]; }
    } else {
      tile_a[buffer % 2u * A_QUADS + e] = next_a[i];
    }
  }
  for (var i = 0u; i < B_SHARE; i += 1u) {
    let e = lid % INVOCATIONS + i * INVOCATIONS;
    if (TRANSPOSE_B) {
      let at = buffer % 2u * B_QUADS + e % 2u * (4u * TILE_N4) + e / 8u;
      for (var r = 0u; r < 4u; r += 1u) { tile_b[at + r * TILE_N4][e / 2u % 4u] = next_b[i][r]; }
    } else {
      tile_b[buffer % 2u * B_QUADS + e] = next_b[i];
    }
  }
}

// First row and first column quad of an invocation. Lanes zigzag down two rows: a quarter warp reads 2 rows and 4 quads.
fn place(lid: u32) -> vec2u {
  let warp = lid / 32u % (WARPS_M * WARPS_N);
  let lane = lid % 32u;
  return vec2u(warp / WARPS_N * 32u + lane / 16u * 2u + lane % 2u, warp % WARPS_N * 16u + lane / 2u % 8u);
}

fn multiply(buffer: u32, lid: u32) {
  let warp = lid / 32u % (WARPS_M * WARPS_N);
  let lane = lid % 32u;
  let row = warp / WARPS_N * 32u + lane / 16u * 2u + lane % 2u;
  let column = warp % WARPS_N * 16u + lane / 2u % 8u;
  for (var k4 = 0u; k4 < 2u; k4 += 1u) {
    let at = buffer % 2u * A_QUADS + row * 2u + k4;
    let a0 = tile_a[at];
    let a1 = tile_a[at + 8u];
    let a2 = tile_a[at + 16u];
    let a3 = tile_a[at + 24u];
    let a4 = tile_a[at + 32u];
    let a5 = tile_a[at + 40u];
    let a6 = tile_a[at + 48u];
    let a7 = tile_a[at + 56u];
    for (var k = 0u; k < 4u; k += 1u) {
      let at_b = buffer % 2u * B_QUADS + (k4 * 4u + k) * TILE_N4 + column;
      let row_b = mat2x4f(tile_b[at_b], tile_b[at_b + 8u]);
      c0 += row_b * a0[k];
      c1 += row_b * a1[k];
      c2 += row_b * a2[k];
      c3 += row_b * a3[k];
      c4 += row_b * a4[k];
      c5 += row_b * a5[k];
      c6 += row_b * a6[k];
      c7 += row_b * a7[k];
    }
  }
}

fn finish(tile: Tile, row: u32, column: u32, sum: vec4f) {
  if (EDGES && (row >= params.m || column >= params.n / 4u)) { return; }
  var x = sum;
  if (HAS_BIAS) { x += bias[column]; }
  c[(tile.batch * params.m + row) * (params.n / 4u) + column] = activate(x);
}

fn finish_row(tile: Tile, row: u32, column: u32, sums: mat2x4f) {
  finish(tile, row, column, sums[0]);
  finish(tile, row, column + 8u, sums[1]);
}

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let tile = tile_of(g);
  fetch(tile, 0u, lid);
  stage(0u, lid);
  workgroupBarrier();
  for (var k = 0u; k < params.k; k += 2u * STEP) {
    fetch(tile, k + STEP, lid);
    multiply(0u, lid);
    stage(1u, lid);
    workgroupBarrier();
    fetch(tile, k + 2u * STEP, lid);
    multiply(1u, lid);
    stage(0u, lid);
    workgroupBarrier();
  }
  let at = place(lid) + vec2u(tile.row * TILE_M, tile.column * TILE_N4);
  finish_row(tile, at.x, at.y, c0);
  finish_row(tile, at.x + 4u, at.y, c1);
  finish_row(tile, at.x + 8u, at.y, c2);
  finish_row(tile, at.x + 12u, at.y, c3);
  finish_row(tile, at.x + 16u, at.y, c4);
  finish_row(tile, at.x + 20u, at.y, c5);
  finish_row(tile, at.x + 24u, at.y, c6);
  finish_row(tile, at.x + 28u, at.y, c7);
}
