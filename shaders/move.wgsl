// A box of the result is copied from evenly spaced elements of the source (src/ops/movement/region.ts), one 16-byte block of the
// result per invocation. Stored bits are copied, whatever they mean.

//!include common/workgroup.wgsl
//!include common/quad.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  blocks: u32,
  first_block: u32,
  // The source element for the first of the box.
  start: u32,
  // The element for everything outside the box.
  fill: u32,
  rank: u32,
  unused: u32,
  // Per axis, innermost first: extent of the result, start and extent of the box in it, step of the source.
  dims: array<vec4u, 8>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec4u>;

const FORMAT: u32 = 8u;
// A quad of the result is all inside or all outside the box, and comes from one quad of the source.
const ALIGNED: bool = false;
// 0: the box is the whole result, 1: what is outside stays, 2: it is filled.
const OUTSIDE: u32 = 0u;

struct Origin { inside: bool, element: u32 }

fn origin_of(e: u32) -> Origin {
  var rest = e;
  var origin = Origin(true, params.start);
  for (var d = 0u; d < params.rank; d++) {
    let dim = params.dims[d];
    let at = rest % dim.x - dim.y;
    rest /= dim.x;
    origin.inside = origin.inside && at < dim.z;
    // Steps may be negative: arithmetic modulo 2^32.
    origin.element += at * dim.w;
  }
  return origin;
}

fn code_at(e: u32) -> u32 {
  let quads = format_quads(FORMAT);
  return quad_codes(src[e / (4u * quads)], (e >> 2u) % quads, FORMAT)[e & 3u];
}

fn moved(e: u32, outside: u32) -> u32 {
  let origin = origin_of(e);
  if (OUTSIDE != 0u && !origin.inside) { return outside; }
  return code_at(origin.element);
}

fn moved_quad(e: u32, outside: vec4u) -> vec4u {
  if (ALIGNED) {
    let origin = origin_of(e);
    if (OUTSIDE != 0u && !origin.inside) { return outside; }
    let quads = format_quads(FORMAT);
    return quad_codes(src[origin.element / (4u * quads)], (origin.element >> 2u) % quads, FORMAT);
  }
  return vec4u(
    moved(e, outside.x), moved(e + 1u, outside.y), moved(e + 2u, outside.z), moved(e + 3u, outside.w),
  );
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  let at = g * 256u + lane;
  if (g >= params.group_count || at >= params.blocks) { return; }
  let i = params.first_block + at;
  var kept = vec4u(0u);
  if (OUTSIDE == 1u) { kept = dst[i]; }
  var result = vec4u(0u);
  for (var j = 0u; j < format_quads(FORMAT); j++) {
    var outside = vec4u(params.fill);
    if (OUTSIDE == 1u) { outside = quad_codes(kept, j, FORMAT); }
    result |= quad_block(moved_quad((i * format_quads(FORMAT) + j) * 4u, outside), j, FORMAT);
  }
  dst[i] = result;
}
