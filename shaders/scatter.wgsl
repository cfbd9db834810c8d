// dst[o, k, c] = base[o, k, c], then set to or added to by updates[o, i, c] for every i that is marked for row k, in the order of i:
// each invocation owns a block of the result, so that no order is left to chance.

//!include common/workgroup.wgsl
//!include common/quad.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  blocks: u32,
  // Rows of the result, indices, elements of a row.
  extent: u32,
  count: u32,
  inner: u32,
  // Quads of words of a row's marks.
  mark_quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> base: array<vec4u>;
// Of shaders/scatter-marks.wgsl.
@group(0) @binding(2) var<storage, read> marks: array<vec4u>;
@group(0) @binding(3) var<storage, read> updates: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> dst: array<vec4u>;

const FORMAT: u32 = 8u;
const ADD: bool = false;
// Rows are whole quads.
const ALIGNED: bool = false;

// The quad of updates at e, or its element there four times.
fn update_codes(e: u32) -> vec4u {
  let quads = format_quads(FORMAT);
  let codes = quad_codes(updates[e / (4u * quads)], (e >> 2u) % quads, FORMAT);
  if (ALIGNED) { return codes; }
  return vec4u(codes[e & 3u]);
}

// What becomes of the quad at e, or of its element there: codes; sums of f16 and bf16 are rounded once, at the end.
fn scattered(e: u32, before: vec4u) -> vec4u {
  let row = e / params.inner;
  let first = row / params.extent * params.count;
  let column = e % params.inner;
  var codes = before;
  var sum = quad_floats(before, FORMAT);
  for (var m = 0u; m < params.mark_quads; m++) {
    let quad = marks[row % params.extent * params.mark_quads + m];
    if (all(quad == vec4u(0u))) { continue; }
    for (var word = 0u; word < 4u; word++) {
      for (var bits = quad[word]; bits != 0u; bits &= bits - 1u) {
        let i = (4u * m + word) * 32u + countTrailingZeros(bits);
        let update = update_codes((first + i) * params.inner + column);
        codes = select(update, codes + update, ADD);
        if (ADD) { sum += quad_floats(update, FORMAT); }
      }
    }
  }
  if (ADD && FORMAT != 6u && FORMAT != 7u) { return float_codes(sum, FORMAT); }
  return codes;
}

fn scattered_quad(e: u32, before: vec4u) -> vec4u {
  if (ALIGNED) { return scattered(e, before); }
  return vec4u(
    scattered(e, before.xxxx).x,
    scattered(e + 1u, before.yyyy).x,
    scattered(e + 2u, before.zzzz).x,
    scattered(e + 3u, before.wwww).x,
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
  if (g >= params.group_count || i >= params.blocks) { return; }
  let block = base[i];
  var result = vec4u(0u);
  for (var j = 0u; j < format_quads(FORMAT); j++) {
    let e = (i * format_quads(FORMAT) + j) * 4u;
    result |= quad_block(scattered_quad(e, quad_codes(block, j, FORMAT)), j, FORMAT);
  }
  dst[i] = result;
}
