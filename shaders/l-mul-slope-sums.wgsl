// out[r, c] = sum over t of g[r, t] dL(x[r, c], y[c, t])/dx, one element per invocation. Either gradient of a matrix
// product is of this form; `TRANSPOSED` reads all of g, x and y, and writes out, as their transposes are stored.
//!include common/workgroup.wgsl
//!include common/l-mul-rule.wgsl

const X_FORMAT: u32 = 0u;
const Y_FORMAT: u32 = 0u;
const TRANSPOSED: bool = false;

struct Params {
  group_base: u32, group_count: u32,
  rows: u32, columns: u32,
  rule: Rule,
  n: u32, batch: u32, padding0: u32, padding1: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

//!include common/l-mul-product.wgsl
//!include common/l-mul-slope.wgsl
//!include common/round-to.wgsl
//!include common/element-code.wgsl

fn place(i: u32, j: u32, rows: u32, columns: u32) -> u32 {
  return select(i * columns + j, j * rows + i, TRANSPOSED);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = group_index(wid, nwg);
  if (group >= params.group_count) { return; }
  let i = group * 64u + lane;
  let size = params.rows * params.columns;
  if (i >= size * params.batch) { return; }
  let entry = i / size;
  let r = i % size / params.columns;
  let c = i % params.columns;
  let at = entry * size + place(r, c, params.rows, params.columns);
  let left = lmul_load(code_in(x[word_of(at, X_FORMAT)], at, X_FORMAT), X_FORMAT);
  var sum = 0.0;
  for (var t = 0u; t < params.n; t++) {
    let j = entry * params.columns * params.n + place(c, t, params.columns, params.n);
    let slope = lmul_slope(left, lmul_load(code_in(y[word_of(j, Y_FORMAT)], j, Y_FORMAT), Y_FORMAT));
    sum += g[entry * params.rows * params.n + place(r, t, params.rows, params.n)] * bitcast<f32>(slope);
  }
  result[at] = sum;
}
