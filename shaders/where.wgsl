// dst = a ? b : c on stored bits, one 16-byte block of the result per invocation. The operands are the condition (u8), the
// value where it is not 0 and the value where it is.

//!include common/workgroup.wgsl
//!include common/quad.wgsl
//!include common/broadcast.wgsl

@group(0) @binding(1) var<storage, read> a: array<vec4u>;
@group(0) @binding(2) var<storage, read> b: array<vec4u>;
@group(0) @binding(3) var<storage, read> c: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> dst: array<vec4u>;

const FORMAT: u32 = 8u;
// u8.
const CONDITION: u32 = 5u;

const WALK_A: u32 = 0u;

fn a_code(e: u32) -> u32 {
  let place = place_of(e, CONDITION);
  return code_from(a[place.block][place.word], place.shift, CONDITION);
}

fn a_run(e: u32) -> vec4u {
  let quads = format_quads(CONDITION);
  return quad_codes(a[e / (4u * quads)], (e >> 2u) % quads, CONDITION);
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

const WALK_C: u32 = 0u;

fn c_code(e: u32) -> u32 {
  let place = place_of(e, FORMAT);
  return code_from(c[place.block][place.word], place.shift, FORMAT);
}

fn c_run(e: u32) -> vec4u {
  let quads = format_quads(FORMAT);
  return quad_codes(c[e / (4u * quads)], (e >> 2u) % quads, FORMAT);
}

// The codes for elements e .. e + 3 of the result.
fn c_quad(e: u32) -> vec4u {
  if (WALK_C == 0u) { return c_run(e); }
  if (WALK_C == 1u) { return vec4u(c_code(0u)); }
  if (ALIGNED) {
    let at = operand_offsets(e).z;
    if (params.dims[0].w == 0u) { return vec4u(c_code(at)); }
    return c_run(at);
  }
  return vec4u(
    c_code(operand_offsets(e).z),
    c_code(operand_offsets(e + 1u).z),
    c_code(operand_offsets(e + 2u).z),
    c_code(operand_offsets(e + 3u).z),
  );
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
    result |= quad_block(select(c_quad(e), b_quad(e), a_quad(e) != vec4u(0u)), j, FORMAT);
  }
  dst[i] = result;
}
