// First-order linear recurrences h = a h + b along lines. An element is the map of the steps that it stands for.

//!include common/workgroup.wgsl
//!include common/scan-tiles.wgsl

@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> initial: array<f32>;
@group(0) @binding(4) var<storage, read> resets: array<u32>;
@group(0) @binding(5) var<storage, read_write> spine: array<Item>;
@group(0) @binding(6) var<storage, read_write> dst: array<f32>;

const HAS_INITIAL: bool = false;

alias Element = vec2f;

fn unit() -> Element {
  return vec2f(1.0, 0.0);
}

// A product of coefficients may overflow on the way, and infinity times nothing must stay nothing.
fn times(a: f32, h: f32) -> f32 {
  return select(a * h, 0.0, h == 0.0);
}

fn join(before: Element, after: Element) -> Element {
  return vec2f(after.x * before.x, times(after.x, before.y) + after.y);
}

fn first(line: u32) -> Element {
  if (HAS_INITIAL) { return vec2f(0.0, initial[line]); }
  return vec2f(0.0);
}

fn load(index: u32) -> Element {
  return vec2f(a[index], b[index]);
}

fn put(index: u32, element: Element) {
  dst[index] = element.y;
}
