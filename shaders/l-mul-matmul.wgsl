// c = A B with L-Mul products, summed in f32 through ascending k. A workgroup makes 64 x 64 elements of c, an invocation
// 4 x 4; operands are decoded and reduced once, on their way into workgroup memory.
//!include common/workgroup.wgsl
//!include common/l-mul-rule.wgsl

const A_FORMAT: u32 = 0u;
const B_FORMAT: u32 = 0u;
const A_TRANSPOSED: bool = false;
const B_TRANSPOSED: bool = false;
const HAS_BIAS: bool = false;
const AXES: u32 = 1u;
const TILE: u32 = 64u;
const DEPTH: u32 = 16u;

struct Params {
  group_base: u32, group_count: u32,
  m: u32, n: u32,
  rule: Rule,
  k: u32, padding0: u32, padding1: u32, padding2: u32,
  // Batch axes, outermost first: extent, stride of a, stride of b (matrices).
  axes: array<vec4u, AXES>,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

//!include common/l-mul-product.wgsl
//!include common/round-to.wgsl
//!include common/element-code.wgsl

// Rows of DEPTH, one word longer than that: neighbouring rows fall into different banks.
var<workgroup> left: array<array<u32, DEPTH + 1u>, TILE>;
var<workgroup> right: array<array<u32, TILE>, DEPTH>;

fn matrices(product: u32) -> vec2u {
  var rest = product;
  var at = vec2u(0u);
  for (var axis = AXES; axis > 0u; axis--) {
    let extent = params.axes[axis - 1u];
    at += (rest % extent.x) * extent.yz;
    rest /= extent.x;
  }
  return at;
}

fn load_a(matrix: u32, row: u32, p: u32) -> u32 {
  if (row >= params.m || p >= params.k) { return 0u; }
  let i = matrix * params.m * params.k + select(row * params.k + p, p * params.m + row, A_TRANSPOSED);
  return lmul_load(code_in(a[word_of(i, A_FORMAT)], i, A_FORMAT), A_FORMAT);
}

fn load_b(matrix: u32, p: u32, column: u32) -> u32 {
  if (column >= params.n || p >= params.k) { return 0u; }
  let i = matrix * params.k * params.n + select(p * params.n + column, column * params.k + p, B_TRANSPOSED);
  return lmul_load(code_in(b[word_of(i, B_FORMAT)], i, B_FORMAT), B_FORMAT);
}

fn added(sum: f32, x: u32, y: u32) -> f32 {
  let next = sum + bitcast<f32>(lmul_value(x, y));
  if (STEP == 0u) { return next; }
  return bitcast<f32>(round_bits(bitcast<u32>(next), STEP, (FLAGS & SATURATE) != 0u));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = group_index(wid, nwg);
  if (group >= params.group_count) { return; }
  let columns = (params.n + TILE - 1u) / TILE;
  let tiles = columns * ((params.m + TILE - 1u) / TILE);
  let product = group / tiles;
  let matrix = matrices(product);
  let first_row = (group % tiles) / columns * TILE;
  let first_column = (group % tiles) % columns * TILE;
  let row = lane / 16u * 4u;
  let column = lane % 16u * 4u;
  var sums = array<array<f32, 4>, 4>();
  for (var start = 0u; start < params.k; start += DEPTH) {
    for (var i = lane; i < TILE * DEPTH; i += 256u) {
      // Neighbouring invocations read neighbouring elements, whichever way a matrix is stored.
      let a_at = select(vec2u(i / DEPTH, i % DEPTH), vec2u(i % TILE, i / TILE), A_TRANSPOSED);
      left[a_at.x][a_at.y] = load_a(matrix.x, first_row + a_at.x, start + a_at.y);
      let b_at = select(vec2u(i / TILE, i % TILE), vec2u(i % DEPTH, i / DEPTH), B_TRANSPOSED);
      right[b_at.x][b_at.y] = load_b(matrix.y, start + b_at.x, first_column + b_at.y);
    }
    workgroupBarrier();
    // What lies past k must not be added: in raw mode even 0 * 0 is not 0.
    for (var p = 0u; p < min(DEPTH, params.k - start); p++) {
      for (var i = 0u; i < 4u; i++) {
        let x = left[row + i][p];
        for (var j = 0u; j < 4u; j++) { sums[i][j] = added(sums[i][j], x, right[p][column + j]); }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let at = vec2u(first_row + row + i, first_column + column + j);
      if (at.x >= params.m || at.y >= params.n) { continue; }
      var value = bitcast<f32>(round_bits(bitcast<u32>(sums[i][j]), params.rule.result, (FLAGS & SATURATE) != 0u));
      if (HAS_BIAS) { value += bias[at.y]; }
      c[(product * params.m + at.x) * params.n + at.y] = value;
    }
  }
}
