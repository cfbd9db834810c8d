// Running log(sum of e^x). An element is a reference, ceil of its greatest x, and the sum of e^(x - reference): references differ by
// whole numbers, so the factors between them are few and their roundings do not add up.

//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/scan-tiles.wgsl

@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> resets: array<u32>;
@group(0) @binding(3) var<storage, read_write> spine: array<Item>;
@group(0) @binding(4) var<storage, read_write> dst: array<u32>;

alias Element = vec2f;

const MOST: f32 = 3.4028234e38;

fn unit() -> Element {
  return vec2f(-MOST, 0.0);
}

fn join(before: Element, after: Element) -> Element {
  let top = max(before.x, after.x);
  let factors = exp4(vec4f(before.x - top, after.x - top, 0.0, 0.0));
  return vec2f(top, fma(before.y, factors.x, after.y * factors.y));
}

fn first(line: u32) -> Element {
  return unit();
}

fn load(index: u32) -> Element {
  let x = src[index];
  let bits = bitcast<u32>(x);
  if (bits == INFINITY_BITS) { return vec2f(MOST, x); }
  if (bits == 0xff800000u) { return unit(); }
  if ((bits & 0x7fffffffu) > INFINITY_BITS) { return vec2f(-MOST, x); }
  let reference = ceil(x);
  return vec2f(reference, exp4(vec4f(x - reference)).x);
}

fn put(index: u32, element: Element) {
  let y = element.x + log4(vec4f(element.y)).x;
  dst[index] = select(bitcast<u32>(y), 0xff800000u, element.y == 0.0);
}
