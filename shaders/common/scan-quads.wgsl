// Sums, products and maxima of words that lie one behind the other, in tiles of 16 words to an invocation. It takes four quads,
// LANES quads apart, so that all of a workgroup's loads and stores are adjacent, and the four scans over the lanes are one of vectors.

//!include common/workgroup.wgsl
//!include common/rank.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  // Of every line: words and quads that this call scans, tiles of them.
  words: u32,
  quads: u32,
  tiles: u32,
  // Quads from one line to the next, and of the first line behind what is bound.
  stride: u32,
  lead: u32,
  lines: u32,
  // The spine begins with what the words before these came to.
  goes_on: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;

// 0 sum, 1 product, 2 greatest.
const OP: u32 = 0u;
// 8 f32, 6 i32, 7 u32.
const FORMAT: u32 = 8u;
const REVERSED: bool = false;
const EXCLUSIVE: bool = false;
const LANES: u32 = 256u;
// What is joined: f32, or words, the ranks of what is compared.
alias Number = f32;

const QUADS: u32 = 4u * LANES;

fn number_of(bits: vec4u) -> vec4<Number> {
  if (OP == 2u) { return bitcast<vec4<Number>>(vec4u(rank_of(bits.x, false), rank_of(bits.y, false), rank_of(bits.z, false), rank_of(bits.w, false))); }
  return bitcast<vec4<Number>>(bits);
}

fn bits_of(numbers: vec4<Number>) -> vec4u {
  let bits = bitcast<vec4u>(numbers);
  if (OP == 2u) { return vec4u(value_of(bits.x, false), value_of(bits.y, false), value_of(bits.z, false), value_of(bits.w, false)); }
  return bits;
}

fn unit() -> Number {
  if (OP == 0u) { return Number(0); }
  if (OP == 1u) { return Number(1); }
  return bitcast<Number>(rank_of(select(select(0u, 0x80000000u, FORMAT == 6u), 0xff800000u, FORMAT == 8u), false));
}

fn join(before: Number, after: Number) -> Number {
  if (OP == 0u) { return before + after; }
  if (OP == 1u) { return before * after; }
  return max(before, after);
}

fn join4(before: vec4<Number>, after: vec4<Number>) -> vec4<Number> {
  if (OP == 0u) { return before + after; }
  if (OP == 1u) { return before * after; }
  return max(before, after);
}

// Quads count in the direction of the scan.
fn quad_in_memory(q: u32) -> u32 {
  return select(q, params.quads - 1u - q, REVERSED);
}

fn load_quad(line: u32, q: u32) -> vec4<Number> {
  if (q >= params.quads) { return vec4<Number>(unit()); }
  let at = quad_in_memory(q);
  var numbers = number_of(src[params.lead + line * params.stride + at]);
  if (4u * at + 4u > params.words) {
    numbers = select(vec4<Number>(unit()), numbers, vec4u(4u * at) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.words));
  }
  return select(numbers, numbers.wzyx, REVERSED);
}

// Running joins within a quad.
fn scanned(quad: vec4<Number>) -> vec4<Number> {
  let y = join(quad.x, quad.y);
  let z = join(y, quad.z);
  return vec4<Number>(quad.x, y, z, join(z, quad.w));
}

var<workgroup> stage: array<vec4<Number>, 2u * LANES>;

struct Lanes { before: vec4<Number>, total: vec4<Number> }

fn scan_lanes(own: vec4<Number>, lane: u32) -> Lanes {
  workgroupBarrier();
  var mine = own;
  var half = 0u;
  stage[lane] = mine;
  for (var distance = 1u; distance < LANES; distance <<= 1u) {
    workgroupBarrier();
    if (lane >= distance) { mine = join4(stage[half + lane - distance], mine); }
    half = LANES - half;
    stage[half + lane] = mine;
  }
  workgroupBarrier();
  var before = vec4<Number>(unit());
  if (lane > 0u) { before = stage[half + lane - 1u]; }
  return Lanes(before, stage[half + LANES - 1u]);
}

// An invocation's four quads of a tile, scanned, and what comes before each of them in the tile.
struct Tile { a: vec4<Number>, b: vec4<Number>, c: vec4<Number>, d: vec4<Number>, before: vec4<Number>, total: Number }

fn scan_tile(line: u32, tile: u32, lane: u32) -> Tile {
  let q = tile * QUADS + lane;
  let a = scanned(load_quad(line, q));
  let b = scanned(load_quad(line, q + LANES));
  let c = scanned(load_quad(line, q + 2u * LANES));
  let d = scanned(load_quad(line, q + 3u * LANES));
  let lanes = scan_lanes(vec4<Number>(a.w, b.w, c.w, d.w), lane);
  let two = join(lanes.total.x, lanes.total.y);
  let three = join(two, lanes.total.z);
  let before = join4(vec4<Number>(unit(), lanes.total.x, two, three), lanes.before);
  return Tile(a, b, c, d, before, join(three, lanes.total.w));
}
