// act(A B + bias) for f16 operands on the matrix units, sums in f32. Rows are whole octets (k % 8 = 0 and n % 8 = 0).
// Four subgroups of 32 compute 64 x 64 results each. A step of 32 along k is staged in workgroup memory as vec4u, 8 halves
// at a time; rows are padded by one vector, so that the 16 rows of a matrix fall into different banks. The next step is
// loaded before the current one is multiplied. Needs subgroups of exactly 32 and f16 matrices of 16 x 16 x 16.
//!include common/matmul-tiles.wgsl

// vec4f or vec4<f16>
alias QuadC = vec4<f16>;
alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4u>;
@group(0) @binding(2) var<storage, read> b: array<vec4u>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> c: array<QuadC>;

//!include common/workgroup.wgsl
//!include common/activation.wgsl

const HAS_BIAS: bool = false;
// False when m and n are multiples of 128 and k is one of 32.
const EDGES: bool = true;

const TILE: u32 = 128;
// Vectors of 8 halves in a row of a staged tile, and the padded distance of rows: A is [128][32], B is [32][128].
const A_WIDTH: u32 = 4;
const A_STRIDE: u32 = 5;
const B_WIDTH: u32 = 16;
const B_STRIDE: u32 = 17;
const B_BASE: u32 = TILE * A_STRIDE;

// A, then B; at the end, 16 rows of results of each subgroup: [subgroup][row][64 columns].
var<workgroup> staged: array<vec4u, B_BASE + 32u * B_STRIDE>;

fn fetch_a(tile: Tile, k0: u32, e: u32) -> vec4u {
  let row = tile.row * TILE + e / A_WIDTH;
  let k8 = k0 / 8u + e % A_WIDTH;
  if (!EDGES) { return a[tile.a + row * (params.k / 8u) + k8]; }
  return select(vec4u(), a[tile.a + min(row, params.m - 1u) * (params.k / 8u) + k8], k8 < params.k / 8u);
}

fn fetch_b(tile: Tile, k0: u32, e: u32) -> vec4u {
  let k = k0 + e / B_WIDTH;
  let column = tile.column * B_WIDTH + e % B_WIDTH;
  if (!EDGES) { return b[tile.b + k * (params.n / 8u) + column]; }
  return select(vec4u(), b[tile.b + k * (params.n / 8u) + min(column, params.n / 8u - 1u)], k < params.k);
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
    c[(tile.batch * params.m + row) * (params.n / 4u) + column] = QuadC(activate(x));
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
      let from_b = B_BASE + s * (16u * B_STRIDE) + group % 2u * 8u;
      let b0 = subgroupMatrixLoad<Right, row_major>(&staged, from_b, B_STRIDE);
      let b1 = subgroupMatrixLoad<Right, row_major>(&staged, from_b + 2u, B_STRIDE);
      let b2 = subgroupMatrixLoad<Right, row_major>(&staged, from_b + 4u, B_STRIDE);
      let b3 = subgroupMatrixLoad<Right, row_major>(&staged, from_b + 6u, B_STRIDE);
      let from_a = group / 2u * (64u * A_STRIDE) + s * 2u;
      let a0 = subgroupMatrixLoad<Left, row_major>(&staged, from_a, A_STRIDE);
      let a1 = subgroupMatrixLoad<Left, row_major>(&staged, from_a + 16u * A_STRIDE, A_STRIDE);
      let a2 = subgroupMatrixLoad<Left, row_major>(&staged, from_a + 32u * A_STRIDE, A_STRIDE);
      let a3 = subgroupMatrixLoad<Left, row_major>(&staged, from_a + 48u * A_STRIDE, A_STRIDE);
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
