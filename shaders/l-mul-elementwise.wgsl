// result[i] = product(a[i], b[i]) with broadcasting; a word of the result, or four of its elements, per invocation.
//!include common/workgroup.wgsl
//!include common/l-mul-rule.wgsl

// Storage formats as in round-to.wgsl. RESULT_BYTES: f32 patterns (4) or 8-bit codes (1).
const A_FORMAT: u32 = 0u;
const B_FORMAT: u32 = 0u;
const RESULT_BYTES: u32 = 4u;
const AXES: u32 = 1u;

struct Params {
  group_base: u32, group_count: u32,
  // Elements of the result.
  size: u32,
  padding: u32,
  rule: Rule,
  // Outermost first: extent, stride of a, stride of b (elements).
  axes: array<vec4u, AXES>,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<u32>;

//!include common/l-mul-product.wgsl
//!include common/l-mul-slope.wgsl
//!include common/round-to.wgsl
//!include common/element-code.wgsl

fn product(i: u32) -> u32 {
  var rest = i;
  var at = vec2u(0u);
  for (var axis = AXES; axis > 0u; axis--) {
    let extent = params.axes[axis - 1u];
    at += (rest % extent.x) * extent.yz;
    rest /= extent.x;
  }
  let x = lmul_load(code_in(a[word_of(at.x, A_FORMAT)], at.x, A_FORMAT), A_FORMAT);
  let y = lmul_load(code_in(b[word_of(at.y, B_FORMAT)], at.y, B_FORMAT), B_FORMAT);
  if ((FLAGS & SLOPE) != 0u) { return lmul_slope(x, y); }
  if ((FLAGS & MULTIPLY) != 0u) {
    return encode_bits(round_bits(times(x, y), A_FORMAT, (FLAGS & SATURATE) != 0u), A_FORMAT);
  }
  if ((FLAGS & NATIVE) != 0u) { return lmul_native(x, y); }
  return lmul_container(x, y);
}

// Exact for 8-bit floats; what is not finite must not reach the float unit.
fn times(x: u32, y: u32) -> u32 {
  let sign = (x ^ y) & 0x80000000u;
  let p = x & 0x7fffffffu;
  let q = y & 0x7fffffffu;
  if (p > 0x7f800000u || q > 0x7f800000u) { return 0x7fc00000u; }
  if (p == 0u || q == 0u) { return select(sign, 0x7fc00000u, p == 0x7f800000u || q == 0x7f800000u); }
  if (p == 0x7f800000u || q == 0x7f800000u) { return sign | 0x7f800000u; }
  return bitcast<u32>(bitcast<f32>(x) * bitcast<f32>(y));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = group_index(wid, nwg);
  if (group >= params.group_count) { return; }
  let first = (group * 64u + lane) * 4u;
  if (first >= params.size) { return; }
  if (RESULT_BYTES == 4u) {
    for (var i = first; i < min(first + 4u, params.size); i++) { result[i] = product(i); }
    return;
  }
  var word = 0u;
  for (var i = 0u; i < 4u; i++) {
    word |= product(min(first + i, params.size - 1u)) << (8u * i);
  }
  result[first / 4u] = word;
}
