// What the attention shaders share: the call's parameters, elements of q, k and v, and the score of a pair.
//!include common/quad.wgsl
//!include common/math.wgsl

// Strides and offsets are in elements. Row i has position i + keys - rows and sees keys j with -left <= j - position <= right.
struct Params {
  group_base: u32,
  group_count: u32,
  rows: u32,
  keys: u32,
  d: u32,
  dv: u32,
  heads: u32,
  // query heads per head of k and v
  share: u32,
  // 0: a tile of rows takes all keys; otherwise the keys of one part
  part_keys: u32,
  q_start: u32,
  q_batch: u32,
  q_head: u32,
  q_row: u32,
  k_start: u32,
  k_batch: u32,
  k_head: u32,
  k_row: u32,
  v_start: u32,
  v_batch: u32,
  v_head: u32,
  v_row: u32,
  o_start: u32,
  o_batch: u32,
  o_head: u32,
  o_row: u32,
  lse_start: u32,
  lse_head: u32,
  bias_start: u32,
  bias_batch: u32,
  bias_head: u32,
  bias_row: u32,
  bias_key: u32,
  left: i32,
  right: i32,
  scale: f32,
  // 0 for none
  soft_cap: f32,
  // for partial results: elements from one part of o and lse to the next
  o_part: u32,
  lse_part: u32,
}

// Format of q, k and v (common/quad.wgsl), and whether their rows are whole quads.
const FORMAT: u32 = 8;
const QUADS: bool = true;
const HAS_BIAS: bool = false;
const HAS_SLOPES: bool = false;
const HAS_CAP: bool = false;

// Stands for a score of -inf, which shader compilers may assume away.
const HIDDEN: f32 = -3.0e38;

struct Head {
  batch: u32,
  head: u32,
}

// Elements in the 16 bytes of a block.
const PER_BLOCK: u32 = select(8u, 4u, FORMAT == 8u);

// The quad of elements at `at`, a multiple of 4, given the block that holds it. unpack2x16float may flush subnormals of f16,
// which no score or sum can tell, and is far cheaper than the exact codec.
fn quad_in(block: vec4u, at: u32) -> vec4f {
  if (FORMAT == 8u) { return bitcast<vec4f>(block); }
  let words = select(block.xy, block.zw, at % 8u >= 4u);
  if (FORMAT == 0u) { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
  return bitcast<vec4f>(vec4u(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}

fn element_in(block: vec4u, at: u32) -> f32 {
  return quad_in(block, at)[at % 4u];
}

fn positions_of(rows: vec4u) -> vec4i {
  return vec4i(rows) + vec4i(i32(params.keys) - i32(params.rows));
}

fn position_of(row: u32) -> i32 {
  return i32(row) + i32(params.keys) - i32(params.rows);
}

// Scaled and soft-capped products q . k.
fn capped(products: vec4f) -> vec4f {
  let x = products * params.scale;
  if (!HAS_CAP) { return x; }
  return params.soft_cap * tanh4(x / params.soft_cap);
}

// Scores of four pairs of a row and a key: bias and slope added, HIDDEN where the mask or a bias of -inf hides the pair.
fn scores_of(capped_products: vec4f, home: Head, rows: vec4u, keys: vec4u, slope: f32) -> vec4f {
  var x = capped_products;
  let distance = vec4i(keys) - positions_of(rows);
  if (HAS_BIAS) {
    let at = params.bias_start + home.batch * params.bias_batch + home.head * params.bias_head
      + min(rows, vec4u(params.rows - 1u)) * params.bias_row + min(keys, vec4u(params.keys - 1u)) * params.bias_key;
    x += vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
  }
  if (HAS_SLOPES) { x -= slope * abs(vec4f(distance)); }
  let near = (distance >= vec4i(-params.left)) & (distance <= vec4i(params.right));
  let seen = near & (keys < vec4u(params.keys)) & (rows < vec4u(params.rows));
  return select(vec4f(HIDDEN), select(x, vec4f(HIDDEN), x < vec4f(HIDDEN)), seen);
}
