// Rows of a table by index: dst[o, i, c] = src[o, indices[i], c], zero where an index is outside. Stored bits; one 16-byte block of
// the result per invocation.

//!include common/workgroup.wgsl
//!include common/quad.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  blocks: u32,
  // Rows of the table, indices, elements of a row.
  extent: u32,
  count: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<vec4u>;

const FORMAT: u32 = 8u;
// Rows are whole quads.
const ALIGNED: bool = false;

fn src_quad(e: u32) -> vec4u {
  let quads = format_quads(FORMAT);
  return quad_codes(src[e / (4u * quads)], (e >> 2u) % quads, FORMAT);
}

// The element of the table for element e of the result; the last number of all for none.
fn origin_of(e: u32) -> u32 {
  let row = e / params.inner;
  let index = indices[row % params.count];
  if (index >= params.extent) { return 0xffffffffu; }
  return (row / params.count * params.extent + index) * params.inner + e % params.inner;
}

fn gathered(e: u32) -> u32 {
  let origin = origin_of(e);
  if (origin == 0xffffffffu) { return 0u; }
  return src_quad(origin)[origin & 3u];
}

fn gathered_quad(e: u32) -> vec4u {
  if (ALIGNED) {
    let origin = origin_of(e);
    if (origin == 0xffffffffu) { return vec4u(0u); }
    return src_quad(origin);
  }
  return vec4u(gathered(e), gathered(e + 1u), gathered(e + 2u), gathered(e + 3u));
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
  for (var j = 0u; j < format_quads(FORMAT); j++) {
    result |= quad_block(gathered_quad((i * format_quads(FORMAT) + j) * 4u), j, FORMAT);
  }
  dst[i] = result;
}
