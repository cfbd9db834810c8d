// dst = f(a, b) for the functions of src/ops/elementwise/binary-table.ts, one 16-byte block of the result per invocation.

//!include common/workgroup.wgsl
//!include common/quad.wgsl
//!include common/broadcast.wgsl
//!include common/math.wgsl

@group(0) @binding(1) var<storage, read> a: array<vec4u>;
@group(0) @binding(2) var<storage, read> b: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> dst: array<vec4u>;

const OP: u32 = 0u;
const FORMAT: u32 = 8u;

const WALK_A: u32 = 0u;

fn a_code(e: u32) -> u32 {
  let place = place_of(e, FORMAT);
  return code_from(a[place.block][place.word], place.shift, FORMAT);
}

fn a_run(e: u32) -> vec4u {
  let quads = format_quads(FORMAT);
  return quad_codes(a[e / (4u * quads)], (e >> 2u) % quads, FORMAT);
}

// The codes for elements e .. e + 3 of the result.
fn a_quad(e: u32) -> vec4u {
  if (WALK_A == 0u) { return a_run(e); }
  if (WALK_A == 1u) { return vec4u(a_code(0u)); }
  if (ALIGNED) {
    let at = operand_offsets(e).x;
    if (params.dims[0].y == 0u) { return vec4u(a_code(at)); }
    return a_run(at);
  }
  return vec4u(
    a_code(operand_offsets(e).x),
    a_code(operand_offsets(e + 1u).x),
    a_code(operand_offsets(e + 2u).x),
    a_code(operand_offsets(e + 3u).x),
  );
}

const WALK_B: u32 = 0u;

fn b_code(e: u32) -> u32 {
  let place = place_of(e, FORMAT);
  return code_from(b[place.block][place.word], place.shift, FORMAT);
}

fn b_run(e: u32) -> vec4u {
  let quads = format_quads(FORMAT);
  return quad_codes(b[e / (4u * quads)], (e >> 2u) % quads, FORMAT);
}

// The codes for elements e .. e + 3 of the result.
fn b_quad(e: u32) -> vec4u {
  if (WALK_B == 0u) { return b_run(e); }
  if (WALK_B == 1u) { return vec4u(b_code(0u)); }
  if (ALIGNED) {
    let at = operand_offsets(e).y;
    if (params.dims[0].z == 0u) { return vec4u(b_code(at)); }
    return b_run(at);
  }
  return vec4u(
    b_code(operand_offsets(e).y),
    b_code(operand_offsets(e + 1u).y),
    b_code(operand_offsets(e + 2u).y),
    b_code(operand_offsets(e + 3u).y),
  );
}

// x^y as 2^(y log2 |x|), with the special values of IEEE 754.
fn power(x: vec4f, y: vec4f) -> vec4f {
  let y_bits = magnitude_bits(y);
  let x_bits = magnitude_bits(x);
  let base = bitcast<vec4f>(x_bits);
  let whole = floor(y) == y;
  let odd = whole & (y_bits < vec4u(0x4b800000u)) & ((vec4u(base_integer(y)) & vec4u(1u)) == vec4u(1u));
  let logarithm = log_base(base, true);
  var result = exp2_4(y * logarithm);
  let negative = is_negative(x);
  result = select(result, bitcast<vec4f>(bitcast<vec4u>(result) ^ vec4u(0x80000000u)), negative & odd);
  let invalid = negative & !whole & (x_bits != vec4u(0u)) & (x_bits < vec4u(INFINITY_BITS));
  result = select(result, bitcast<vec4f>(y_bits | vec4u(NAN_BITS)), invalid | is_nan(x) | is_nan(y));
  let unit = x_bits == vec4u(0x3f800000u);
  let one = (y_bits == vec4u(0u)) | (unit & !negative) | (unit & (y_bits == vec4u(INFINITY_BITS)));
  return select(result, vec4f(1.0), one);
}

fn base_integer(y: vec4f) -> vec4f {
  return min(abs(y), vec4f(16777216.0));
}

fn apply(x: vec4f, y: vec4f) -> vec4f {
  switch (OP) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    case 2u: { return x * y; }
    case 3u: { return x / y; }
    case 4u: { return select(select(min(x, y), y, is_nan(y)), x, is_nan(x)); }
    case 5u: { return select(select(max(x, y), y, is_nan(y)), x, is_nan(x)); }
    default: { return power(x, y); }
  }
}

// Quotients and remainders truncate in WGSL, and x / 0 is x: both are set right here.
fn apply_signed(x: vec4i, y: vec4i) -> vec4i {
  let safe = select(y, vec4i(1), y == vec4i(0));
  switch (OP) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    case 2u: { return x * y; }
    case 3u: { return select(x / safe, vec4i(0), y == vec4i(0)); }
    case 4u: { return min(x, y); }
    case 5u: { return max(x, y); }
    default: {
      let r = x % safe;
      let floored = select(r, r + y, (r != vec4i(0)) & ((r ^ y) < vec4i(0)));
      return select(floored, vec4i(0), y == vec4i(0));
    }
  }
}

fn apply_unsigned(x: vec4u, y: vec4u) -> vec4u {
  let safe = max(y, vec4u(1u));
  switch (OP) {
    case 3u: { return select(x / safe, vec4u(0u), y == vec4u(0u)); }
    case 4u: { return min(x, y); }
    case 5u: { return max(x, y); }
    case 6u: { return select(x % safe, vec4u(0u), y == vec4u(0u)); }
    default: { return bitcast<vec4u>(apply_signed(bitcast<vec4i>(x), bitcast<vec4i>(y))); }
  }
}

fn apply_codes(x: vec4u, y: vec4u) -> vec4u {
  if (FORMAT == 6u) { return bitcast<vec4u>(apply_signed(bitcast<vec4i>(x), bitcast<vec4i>(y))); }
  if (FORMAT == 7u) { return apply_unsigned(x, y); }
  return float_codes(apply(quad_floats(x, FORMAT), quad_floats(y, FORMAT)), FORMAT);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 256u + lane;
  if (g >= params.group_count || i >= params.count) { return; }
  var result = vec4u(0u);
  for (var j = 0u; j < format_quads(FORMAT); j++) {
    let e = (i * format_quads(FORMAT) + j) * 4u;
    result |= quad_block(apply_codes(a_quad(e), b_quad(e)), j, FORMAT);
  }
  dst[i] = result;
}
