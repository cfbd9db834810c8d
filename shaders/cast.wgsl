// One format to another, one 16-byte block of the result per invocation. Floats round to nearest, ties to even; integers saturate,
// and NaN becomes 0.

//!include common/workgroup.wgsl
//!include common/quad.wgsl

struct Params { group_base: u32, group_count: u32, blocks: u32, unused: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec4u>;

const FROM: u32 = 8u;
const TO: u32 = 0u;

fn is_float(format: u32) -> bool {
  return format < 4u || format == 8u;
}

fn is_signed(format: u32) -> bool {
  return format == 4u || format == 6u;
}

// The least and greatest integer of TO, as far as FROM can tell.
fn saturated_signed(v: vec4i) -> vec4u {
  if (TO == 4u) { return bitcast<vec4u>(clamp(v, vec4i(-128), vec4i(127))) & vec4u(0xffu); }
  if (TO == 5u) { return bitcast<vec4u>(clamp(v, vec4i(0), vec4i(255))); }
  if (TO == 7u) { return bitcast<vec4u>(max(v, vec4i(0))); }
  return bitcast<vec4u>(v);
}

fn saturated_unsigned(v: vec4u) -> vec4u {
  if (TO == 4u) { return min(v, vec4u(127u)); }
  if (TO == 5u) { return min(v, vec4u(255u)); }
  if (TO == 6u) { return min(v, vec4u(0x7fffffffu)); }
  return v;
}

fn float_to_integer(x: vec4f) -> vec4u {
  let bits = bitcast<vec4u>(x) & vec4u(0x7fffffffu);
  let number = select(x, vec4f(0.0), bits > vec4u(0x7f800000u));
  if (TO == 7u) {
    return select(vec4u(clamp(number, vec4f(0.0), vec4f(4294967040.0))), vec4u(0xffffffffu), number >= vec4f(4294967296.0));
  }
  let inside = vec4i(clamp(number, vec4f(-2147483648.0), vec4f(2147483520.0)));
  return saturated_signed(select(inside, vec4i(0x7fffffff), number >= vec4f(2147483648.0)));
}

// Integers beyond 24 bits on the way to a small float: what is cut off leaves its trace in the last bit that is kept, so that
// the rounding that follows is the only one.
fn sticky(magnitude: vec4u) -> vec4u {
  let cut = (magnitude & vec4u(0xffffff00u)) | select(vec4u(0u), vec4u(0x100u), (magnitude & vec4u(0xffu)) != vec4u(0u));
  return select(magnitude, cut, magnitude >= vec4u(0x1000000u));
}

fn integer_to_small(codes: vec4u) -> vec4u {
  if (FROM == 7u) { return float_codes(vec4f(sticky(codes)), TO); }
  let v = bitcast<vec4i>(codes);
  let magnitude = vec4f(sticky(select(codes, vec4u(0u) - codes, v < vec4i(0))));
  return float_codes(select(magnitude, -magnitude, v < vec4i(0)), TO);
}

fn converted(codes: vec4u) -> vec4u {
  if (is_float(TO)) {
    if (TO != 8u && (FROM == 6u || FROM == 7u)) { return integer_to_small(codes); }
    return float_codes(quad_floats(codes, FROM), TO);
  }
  if (is_float(FROM)) { return float_to_integer(quad_floats(codes, FROM)); }
  if (FROM == 4u) { return saturated_signed(bitcast<vec4i>(codes << vec4u(24u)) >> vec4u(24u)); }
  if (is_signed(FROM)) { return saturated_signed(bitcast<vec4i>(codes)); }
  return saturated_unsigned(codes);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 256u + lane;
  if (g >= params.group_count || i >= params.blocks) { return; }
  var result = vec4u(0u);
  for (var j = 0u; j < format_quads(TO); j++) {
    let quad = i * format_quads(TO) + j;
    let codes = quad_codes(src[quad / format_quads(FROM)], quad % format_quads(FROM), FROM);
    result |= quad_block(converted(codes), j, TO);
  }
  dst[i] = result;
}
