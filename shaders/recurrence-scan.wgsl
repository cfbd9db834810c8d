// Scans of sums, products and maxima of f32, i32 and u32 along lines. Elements are words; maxima compare their ranks.

//!include common/workgroup.wgsl
//!include common/rank.wgsl
//!include common/scan-tiles.wgsl

@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read> resets: array<u32>;
@group(0) @binding(3) var<storage, read_write> spine: array<Item>;
@group(0) @binding(4) var<storage, read_write> dst: array<u32>;

alias Element = u32;

// 0 sum, 1 product, 2 greatest.
const OP: u32 = 0u;
// 8 f32, 6 i32, 7 u32.
const FORMAT: u32 = 8u;

fn unit() -> Element {
  if (OP == 0u) { return 0u; }
  if (OP == 1u) { return select(1u, 0x3f800000u, FORMAT == 8u); }
  return rank_of(select(select(0u, 0x80000000u, FORMAT == 6u), 0xff800000u, FORMAT == 8u), false);
}

fn join(before: Element, after: Element) -> Element {
  if (OP == 2u) { return max(before, after); }
  if (FORMAT != 8u) { return select(before + after, before * after, OP == 1u); }
  let x = bitcast<f32>(before);
  let y = bitcast<f32>(after);
  return bitcast<u32>(select(x + y, x * y, OP == 1u));
}

fn first(line: u32) -> Element {
  return unit();
}

fn load(index: u32) -> Element {
  let word = src[index];
  if (OP == 2u) { return rank_of(word, false); }
  return word;
}

fn put(index: u32, element: Element) {
  if (OP == 2u) { dst[index] = value_of(element, false); } else { dst[index] = element; }
}
