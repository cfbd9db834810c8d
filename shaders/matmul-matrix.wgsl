// act(A B + bias) for f16 operands on the matrix units, sums in f32. Rows of the operands are whole octets: k % 8 = 0 and
// n % 8 = 0, or with a transposition m % 8 = 0 for A and k % 8 = 0 for B.
// Four subgroups of 32 compute 64 x 64 results each. A step of 32 along k is staged in workgroup memory as vec4u, 8 halves
// at a time; rows are padded by one vector, so that the 16 rows of a matrix fall into different banks. The next step is
// loaded before the current one is multiplied. Accumulators are named, because an array of them ends in memory. Needs subgroups of exactly 32 and f16 matrices of 16 x 16 x 16.
//!include common/matmul-tiles.wgsl

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4u>;
@group(0) @binding(2) var<storage, read> b: array<vec4u>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> c: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/activation.wgsl

const TRANSPOSE_A: bool = false;
const TRANSPOSE_B: bool = false;
const HAS_BIAS: bool = false;
// False when m and n are multiples of 128 and k is one of 32.
const EDGES: bool = true;

const TILE: u32 = 128;
// Vectors of 8 halves in a row of a staged tile, which is [128][32], or [32][128] when it runs along k, and the padded rows.
const A_WIDTH: u32 = select(4u, 16u, TRANSPOSE_A);
const B_WIDTH: u32 = select(16u, 4u, TRANSPOSE_B);
const A_STRIDE: u32 = A_WIDTH + 1u;
const B_STRIDE: u32 = B_WIDTH + 1u;
const B_BASE: u32 = 512u / A_WIDTH * A_STRIDE;

// A, then B; at the end, 16 rows of results of each subgroup: [subgroup][row][64 columns].
var<workgroup> staged: array<vec4u, B_BASE + 512u / B_WIDTH * B_STRIDE>;

// Vector e of the step that begins at k0: rows of memory hold `width` vectors; beyond k there is 0.
fn fetch_a(tile: Tile, k0: u32, e: u32) -> vec4u {
  let row = select(tile.row * TILE, k0, TRANSPOSE_A) + e / A_WIDTH;
  let column = select(k0 / 8u, tile.row * (TILE / 8u), TRANSPOSE_A) + e % A_WIDTH;
  let width = select(params.k, params.m, TRANSPOSE_A) / 8u;
  if (!EDGES) { return a[tile.a + row * width + column]; }
  if (TRANSPOSE_A) { return select(vec4u(), a[tile.a + row * width + min(column, width - 1u)], row < params.k); }
  return select(vec4u(), a[tile.a + min(row, params.m - 1u) * width + column], column < width);
}

fn fetch_b(tile: Tile, k0: u32, e: u32) -> vec4u {
  let row = select(k0, tile.column * TILE, TRANSPOSE_B) + e / B_WIDTH;
  let column = select(tile.column * (TILE / 8u), k0 / 8u, TRANSPOSE_B) + e % B_WIDTH;
  let width = select(params.n, params.k, TRANSPOSE_B) / 8u;
  if (!EDGES) { return b[tile.b + row * width + column]; }
  if (TRANSPOSE_B) { return select(vec4u(), b[tile.b + min(row, params.n - 1u) * width + column], column < width); }
  return select(vec4u(), b[tile.b + row * width + min(column, width - 1u)], row < params.k);
}

// Rows [16 i, 16 i + 16) of a subgroup's half of A and columns [16 j, 16 j + 16) of its half of B, for 16 k from 16 s.
fn left(half: u32, i: u32, s: u32) -> Left {
  if (TRANSPOSE_A) {
    return subgroupMatrixLoad<Left, col_major>(&staged, s % 2u * (16u * A_STRIDE) + half % 2u * 8u + i % 4u * 2u, A_STRIDE);
  }
  return subgroupMatrixLoad<Left, row_major>(&staged, (half % 2u * 64u + i % 4u * 16u) * A_STRIDE + s % 2u * 2u, A_STRIDE);
}

fn right(half: u32, j: u32, s: u32) -> Right {
  if (TRANSPOSE_B) {
    let at = B_BASE + (half % 2u * 64u + j % 4u * 16u) * B_STRIDE + s % 2u * 2u;
    return subgroupMatrixLoad<Right, col_major>(&staged, at, B_STRIDE);
  }
  let at = B_BASE + s % 2u * (16u * B_STRIDE) + half % 2u * 8u + j % 4u * 2u;
  return subgroupMatrixLoad<Right, row_major>(&staged, at, B_STRIDE);
}

fn store_sum(group: u32, column: u32, sum: Sum) {
  subgroupMatrixStore<row_major>(&staged, group % 4u * 256u + column % 4u * 4u, sum, 16u);
}

// Rows [row, row + 16) of both subgroup rows, 64 columns of each subgroup: the epilogue in f32, then the storage type.
fn finish_rows(tile: Tile, first: u32, lid: u32) {
  for (var i = 0u; i < 8u; i += 1u) {
    let e = lid % 128u + i * 128u;
    let group = e / 256u;
    let row = tile.row * TILE + group / 2u * 64u + first + e % 256u / 16u;
    let column = tile.column * (TILE / 4u) + group % 2u * 16u + e % 16u;
    if (EDGES && (row >= params.m || column >= params.n / 4u)) { continue; }
    var x = bitcast<vec4f>(staged[e]);
    if (HAS_BIAS) { x += bias[column]; }
    c[(tile.batch * params.m + row) * (params.n / 4u) + column] = activate(x);
  }
}

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_id) sid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let tile = tile_of(g);
  let group = sid % 4u;
  var c00: Sum;
  var c01: Sum;
  var c02: Sum;
  var c03: Sum;
  var c10: Sum;
  var c11: Sum;
  var c12: Sum;
  var c13: Sum;
  var c20: Sum;
  var c21: Sum;
  var c22: Sum;
  var c23: Sum;
  var c30: Sum;
  var c31: Sum;
  var c32: Sum;
  var c33: Sum;
  var next_a: array<vec4u, 4>;
  var next_b: array<vec4u, 4>;
  for (var i = 0u; i < 4u; i += 1u) {
    next_a[i] = fetch_a(tile, 0u, lid + i * 128u);
    next_b[i] = fetch_b(tile, 0u, lid + i * 128u);
  }
  for (var k = 0u; k < params.k; k += 32u) {
    for (var i = 0u; i < 4u; i += 1u) {
      let e = lid + i * 128u;
      staged[e / A_WIDTH * A_STRIDE + e % A_WIDTH] = next_a[i];
      staged[B_BASE + e / B_WIDTH * B_STRIDE + e % B_WIDTH] = next_b[i];
    }
    workgroupBarrier();
    if (k + 32u < params.k) {
      for (var i = 0u; i < 4u; i += 1u) {
        next_a[i] = fetch_a(tile, k + 32u, lid + i * 128u);
        next_b[i] = fetch_b(tile, k + 32u, lid + i * 128u);
      }
    }
    for (var s = 0u; s < 2u; s += 1u) {
      let b0 = right(group % 2u, 0u, s);
      let b1 = right(group % 2u, 1u, s);
      let b2 = right(group % 2u, 2u, s);
      let b3 = right(group % 2u, 3u, s);
      let a0 = left(group / 2u, 0u, s);
      let a1 = left(group / 2u, 1u, s);
      let a2 = left(group / 2u, 2u, s);
      let a3 = left(group / 2u, 3u, s);
      c00 = subgroupMatrixMultiplyAccumulate(a0, b0, c00);
      c01 = subgroupMatrixMultiplyAccumulate(a0, b1, c01);
      c02 = subgroupMatrixMultiplyAccumulate(a0, b2, c02);
      c03 = subgroupMatrixMultiplyAccumulate(a0, b3, c03);
      c10 = subgroupMatrixMultiplyAccumulate(a1, b0, c10);
      c11 = subgroupMatrixMultiplyAccumulate(a1, b1, c11);
      c12 = subgroupMatrixMultiplyAccumulate(a1, b2, c12);
      c13 = subgroupMatrixMultiplyAccumulate(a1, b3, c13);
      c20 = subgroupMatrixMultiplyAccumulate(a2, b0, c20);
      c21 = subgroupMatrixMultiplyAccumulate(a2, b1, c21);
      c22 = subgroupMatrixMultiplyAccumulate(a2, b2, c22);
      c23 = subgroupMatrixMultiplyAccumulate(a2, b3, c23);
      c30 = subgroupMatrixMultiplyAccumulate(a3, b0, c30);
      c31 = subgroupMatrixMultiplyAccumulate(a3, b1, c31);
      c32 = subgroupMatrixMultiplyAccumulate(a3, b2, c32);
      c33 = subgroupMatrixMultiplyAccumulate(a3, b3, c33);
    }
    workgroupBarrier();
  }
  workgroupBarrier();
  store_sum(group, 0u, c00);
  store_sum(group, 1u, c01);
  store_sum(group, 2u, c02);
  store_sum(group, 3u, c03);
  workgroupBarrier();
  finish_rows(tile, 0u, lid);
  workgroupBarrier();
  store_sum(group, 0u, c10);
  store_sum(group, 1u, c11);
  store_sum(group, 2u, c12);
  store_sum(group, 3u, c13);
  workgroupBarrier();
  finish_rows(tile, 16u, lid);
  workgroupBarrier();
  store_sum(group, 0u, c20);
  store_sum(group, 1u, c21);
  store_sum(group, 2u, c22);
  store_sum(group, 3u, c23);
  workgroupBarrier();
  finish_rows(tile, 32u, lid);
  workgroupBarrier();
  store_sum(group, 0u, c30);
  store_sum(group, 1u, c31);
  store_sum(group, 2u, c32);
  store_sum(group, 3u, c33);
  workgroupBarrier();
  finish_rows(tile, 48u, lid);
}
