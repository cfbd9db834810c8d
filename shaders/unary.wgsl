// dst[i] = f(src[i]) for the functions of src/ops/elementwise/unary-table.ts. An invocation takes two 16-byte
// blocks 256 apart, both on their way before the first is worked on: one alone leaves a quarter of the bandwidth unused.

//!include common/workgroup.wgsl
//!include common/quad.wgsl
//!include common/math.wgsl
//!include common/trig.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  blocks: u32,
  // Bits of the parameters of clamp, leakyRelu and elu.
  p: u32,
  q: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec4u>;

const OP: u32 = 0u;
const FORMAT: u32 = 8u;

fn gelu_gate(x: vec4f) -> vec4f {
  return sigmoid4(1.59576912 * fma((x * x) * x, vec4f(0.044715), x));
}

// x times a gate that is 0 far below zero, where -inf times 0 must not be NaN.
fn gated(x: vec4f, least: f32) -> vec4f {
  return select(max(x, vec4f(least)), x, is_nan(x));
}

fn apply(x: vec4f) -> vec4f {
  let p = bitcast<f32>(params.p);
  let negative = is_negative(x) & (magnitude_bits(x) != vec4u(0u));
  switch (OP) {
    case 0u: { return bitcast<vec4f>(bitcast<vec4u>(x) ^ vec4u(0x80000000u)); }
    case 1u: { return bitcast<vec4f>(magnitude_bits(x)); }
    case 2u: { return select(with_sign(vec4f(1.0), x), x, is_nan(x) | (magnitude_bits(x) == vec4u(0u))); }
    case 3u: { return x * x; }
    case 4u: { return select(x, vec4f(0.0), negative & !is_nan(x)); }
    case 5u: { return select(min(max(x, vec4f(p)), vec4f(bitcast<f32>(params.q))), x, is_nan(x)); }
    case 6u: { return sqrt(x); }
    case 7u: { return 1.0 / sqrt(x); }
    case 8u: { return 1.0 / x; }
    case 9u: { return floor(x); }
    case 10u: { return ceil(x); }
    case 11u: { return round(x); }
    case 12u: { return trunc(x); }
    case 13u: { return exp4(x); }
    case 14u: { return exp2_4(x); }
    case 15u: { return expm1_4(x); }
    case 16u: { return log4(x); }
    case 17u: { return log_base(x, true); }
    case 18u: { return log1p4(x); }
    case 19u: { return sin_cos4(x, 0u); }
    case 20u: { return sin_cos4(x, 1u); }
    case 21u: { return tanh4(x); }
    case 22u: { return erf4(x); }
    case 23u: { return sigmoid4(x); }
    case 24u: { return gated(x, -200.0) * sigmoid4(x); }
    case 25u: { return select(max(x, vec4f(0.0)) + log1p4(exp4(-abs(x))), x, is_nan(x)); }
    case 26u: { return gated(x, -20.0) * fma(erf4(x * 0.707106781), vec4f(0.5), vec4f(0.5)); }
    case 27u: { return gated(x, -200.0) * gelu_gate(gated(x, -200.0)); }
    case 28u: { return select(x, x * p, negative); }
    default: { return select(x, p * expm1_4(x), negative); }
  }
}

fn apply_integer(x: vec4u) -> vec4u {
  let i = bitcast<vec4i>(x);
  let signed = FORMAT == 6u;
  switch (OP) {
    case 0u: { return vec4u(0u) - x; }
    case 1u: { return select(x, bitcast<vec4u>(abs(i)), signed); }
    case 2u: { return select(min(x, vec4u(1u)), bitcast<vec4u>(sign(i)), signed); }
    case 3u: { return x * x; }
    case 4u: { return select(x, bitcast<vec4u>(max(i, vec4i(0))), signed); }
    default: {
      let low = bitcast<i32>(params.p);
      let high = bitcast<i32>(params.q);
      let as_signed = bitcast<vec4u>(min(max(i, vec4i(low)), vec4i(high)));
      return select(min(max(x, vec4u(params.p)), vec4u(params.q)), as_signed, signed);
    }
  }
}

fn apply_codes(codes: vec4u) -> vec4u {
  if (FORMAT == 6u || FORMAT == 7u) { return apply_integer(codes); }
  return float_codes(apply(quad_floats(codes, FORMAT)), FORMAT);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let i = g * 512u + lane;
  let first = src[min(i, params.blocks - 1u)];
  let second = src[min(i + 256u, params.blocks - 1u)];
  for (var half = 0u; half < 2u; half++) {
    let block = select(first, second, half == 1u);
    var result = vec4u(0u);
    for (var j = 0u; j < format_quads(FORMAT); j++) {
      result |= quad_block(apply_codes(quad_codes(block, j, FORMAT)), j, FORMAT);
    }
    if (i + half * 256u < params.blocks) { dst[i + half * 256u] = result; }
  }
}
