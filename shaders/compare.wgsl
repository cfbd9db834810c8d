// dst (u8) = a op b, four comparisons and one word of the result per invocation. Floats are compared as integers: their bits, with the
// order of the negative ones turned round, so that nothing depends on what a compiler thinks of NaN.

//!include common/workgroup.wgsl
//!include common/quad.wgsl
//!include common/broadcast.wgsl

@group(0) @binding(1) var<storage, read> a: array<vec4u>;
@group(0) @binding(2) var<storage, read> b: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

// 0 equal, 1 not equal, 2 less, 3 less or equal.
const OP: u32 = 0u;
// Compare b with a.
const SWAPPED: bool = false;
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

// Signed integers in the order of the codes' values; both zeros of a float are 0.
fn ranks(codes: vec4u) -> vec4i {
  if (FORMAT == 6u) { return bitcast<vec4i>(codes); }
  if (FORMAT == 7u) { return bitcast<vec4i>(codes ^ vec4u(0x80000000u)); }
  let bits = bitcast<vec4u>(quad_floats(codes, FORMAT));
  let magnitude = bitcast<vec4i>(bits & vec4u(0x7fffffffu));
  return select(magnitude, -magnitude, (bits & vec4u(0x80000000u)) != vec4u(0u));
}

fn is_unordered(codes: vec4u) -> vec4<bool> {
  if (FORMAT > 3u && FORMAT != 8u) { return vec4<bool>(false); }
  return (bitcast<vec4u>(quad_floats(codes, FORMAT)) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

fn holds(x: vec4u, y: vec4u) -> vec4<bool> {
  let p = ranks(x);
  let q = ranks(y);
  let ordered = !(is_unordered(x) | is_unordered(y));
  if (OP == 0u) { return (p == q) & ordered; }
  if (OP == 1u) { return (p != q) | !ordered; }
  if (OP == 2u) { return (p < q) & ordered; }
  return (p <= q) & ordered;
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
  let x = a_quad(4u * i);
  let y = b_quad(4u * i);
  var truth = holds(x, y);
  if (SWAPPED) { truth = holds(y, x); }
  dst[i] = dot(select(vec4u(0u), vec4u(1u, 0x100u, 0x10000u, 0x1000000u), truth), vec4u(1u));
}
