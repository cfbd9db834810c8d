// act(A B + bias) for any shape, either operand transposed and stored in any type of up to 32 bits; sums and result are f32.
// A workgroup computes a tile of 64 x 64 in steps of 16 along k, an invocation 4 x 4 of it. Elements are fetched one by
// one, because rows may begin in the middle of a word; what lies outside is 0.
//!include common/matmul-tiles.wgsl
//!include common/element.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

//!include common/workgroup.wgsl
//!include common/activation.wgsl

// Formats of common/quad.wgsl.
const FORMAT_A: u32 = 8;
const FORMAT_B: u32 = 8;
const TRANSPOSE_A: bool = false;
const TRANSPOSE_B: bool = false;
const HAS_BIAS: bool = false;

const TILE: u32 = 64;
const STEP: u32 = 16;

// tile_a[k][m quad], tile_b[k][n quad]; the 17th quad of a row spreads its columns over the banks.
var<workgroup> tile_a: array<array<vec4f, 17>, STEP>;
var<workgroup> tile_b: array<array<vec4f, 17>, STEP>;

fn element_a(tile: Tile, m: u32, k: u32) -> f32 {
  if (m >= params.m || k >= params.k) { return 0.0; }
  let at = tile.a + select(m * params.k + k, k * params.m + m, TRANSPOSE_A);
  return element(a[at / per_word(FORMAT_A)], at, FORMAT_A);
}

fn element_b(tile: Tile, k: u32, n: u32) -> f32 {
  if (k >= params.k || n >= params.n) { return 0.0; }
  let at = tile.b + select(k * params.n + n, n * params.k + k, TRANSPOSE_B);
  return element(b[at / per_word(FORMAT_B)], at, FORMAT_B);
}

// Neighbouring invocations fetch neighbouring elements of memory, so the walk depends on the transposition.
fn stage(tile: Tile, k0: u32, lid: u32) {
  for (var i = 0u; i < 4u; i += 1u) {
    let e = lid % 256u + i * 256u;
    let m = select(e / STEP, e % TILE, TRANSPOSE_A);
    let k = select(e % STEP, e / TILE, TRANSPOSE_A);
    tile_a[k % STEP][m / 4u % 16u][m % 4u] = element_a(tile, tile.row * TILE + m, k0 + k);
  }
  for (var i = 0u; i < 4u; i += 1u) {
    let e = lid % 256u + i * 256u;
    let n = select(e % TILE, e / STEP, TRANSPOSE_B);
    let k = select(e / TILE, e % STEP, TRANSPOSE_B);
    tile_b[k % STEP][n / 4u % 16u][n % 4u] = element_b(tile, k0 + k, tile.column * TILE + n);
  }
}

fn finish_row(tile: Tile, row: u32, column: u32, sums: vec4f) {
  if (row >= params.m) { return; }
  var x = sums;
  if (HAS_BIAS) {
    for (var i = 0u; i < 4u; i += 1u) { x[i] += bias[min(column + i, params.n - 1u)]; }
  }
  x = activate(x);
  let at = (tile.batch * params.m + row) * params.n + column;
  for (var i = 0u; i < 4u && column + i < params.n; i += 1u) { c[at + i] = x[i]; }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let tile = tile_of(g);
  let row = lid / 16u;
  let column = lid % 16u;
  var sums = mat4x4f();
  for (var k0 = 0u; k0 < params.k; k0 += STEP) {
    stage(tile, k0, lid);
    workgroupBarrier();
    for (var k = 0u; k < STEP; k += 1u) {
      let x = tile_a[k][row];
      let y = tile_b[k][column];
      sums += mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
    }
    workgroupBarrier();
  }
  let first = tile.row * TILE + row * 4u;
  let at = tile.column * TILE + column * 4u;
  finish_row(tile, first, at, sums[0]);
  finish_row(tile, first + 1u, at, sums[1]);
  finish_row(tile, first + 2u, at, sums[2]);
  finish_row(tile, first + 3u, at, sums[3]);
}
