// Running products in a finite monoid. An element is a code, four codes to a word of the table.

//!include common/workgroup.wgsl
//!include common/scan-tiles.wgsl

@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read> resets: array<u32>;
@group(0) @binding(4) var<storage, read_write> spine: array<Item>;
@group(0) @binding(5) var<storage, read_write> dst: array<u32>;

// Codes are bytes, not words.
const BYTES: bool = false;

alias Element = u32;

fn unit() -> Element {
  return params.neutral;
}

fn join(before: Element, after: Element) -> Element {
  let i = before * params.size + after;
  return (table[i / 4u] >> (i % 4u * 8u)) & 255u;
}

fn first(line: u32) -> Element {
  return unit();
}

fn load(index: u32) -> Element {
  if (BYTES) { return min((src[index / 4u] >> (index % 4u * 8u)) & 255u, params.size - 1u); }
  return min(src[index], params.size - 1u);
}

fn put(index: u32, element: Element) {
  dst[index] = element;
}
