// Running products of k x k matrices, each applied after those before it, over (+, x) or (max, +).

//!include common/workgroup.wgsl
//!include common/scan-tiles.wgsl

@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> resets: array<u32>;
@group(0) @binding(3) var<storage, read_write> spine: array<Item>;
@group(0) @binding(4) var<storage, read_write> dst: array<u32>;

const SIDE: u32 = 4u;
const TROPICAL: bool = false;

// Columns, the first SIDE rows of each.
alias Element = mat4x4f;

// Stands for -inf over (max, +): shader compilers may assume that there is none.
const LEAST: f32 = -3.4028234e38;

fn unit() -> Element {
  var m = mat4x4f();
  for (var j = 0u; j < SIDE; j++) {
    for (var i = 0u; i < SIDE; i++) { m[j][i] = select(f32(i == j), select(LEAST, 0.0, i == j), TROPICAL); }
  }
  return m;
}

fn join(before: Element, after: Element) -> Element {
  if (!TROPICAL) { return after * before; }
  var product = mat4x4f();
  for (var j = 0u; j < SIDE; j++) {
    var column = vec4f(LEAST);
    for (var l = 0u; l < SIDE; l++) {
      // Nothing plus anything is nothing.
      let terms = after[l] + vec4f(before[j][l]);
      let none = (after[l] <= vec4f(LEAST)) | vec4<bool>(before[j][l] <= LEAST);
      column = max(column, select(terms, vec4f(LEAST), none));
    }
    product[j] = column;
  }
  return product;
}

fn first(line: u32) -> Element {
  return unit();
}

fn load(index: u32) -> Element {
  var m = mat4x4f();
  for (var j = 0u; j < SIDE; j++) {
    for (var i = 0u; i < SIDE; i++) {
      let x = src[(index * SIDE + i) * SIDE + j];
      m[j][i] = select(x, LEAST, TROPICAL && bitcast<u32>(x) == 0xff800000u);
    }
  }
  return m;
}

fn put(index: u32, element: Element) {
  for (var j = 0u; j < SIDE; j++) {
    for (var i = 0u; i < SIDE; i++) {
      let x = element[j][i];
      dst[(index * SIDE + i) * SIDE + j] = select(bitcast<u32>(x), 0xff800000u, TROPICAL && x <= LEAST);
    }
  }
}
