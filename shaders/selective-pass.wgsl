// From chunk to chunk of the selective scan: what each chunk made of nothing becomes what it begins from, and the end of a
// sequence its last state. With REVERSED the chunks go backwards, for gradients.
struct Params {
  group_base: u32,
  group_count: u32,
  // channels x states
  width: u32,
  chunks: u32,
  per_sequence: u32,
  sequences: u32,
  slot: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// First chunk and number of chunks of every sequence.
@group(0) @binding(1) var<storage, read> table: array<vec2u>;
@group(0) @binding(2) var<storage, read> initial: array<f32>;
@group(0) @binding(3) var<storage, read_write> pairs: array<f32>;
@group(0) @binding(4) var<storage, read_write> last: array<f32>;

//!include common/workgroup.wgsl

const HAS_INITIAL: bool = false;
const REGULAR: bool = true;
const REVERSED: bool = false;

fn chunks_of(sequence: u32) -> vec2u {
  if (REGULAR) { return vec2u(sequence * params.per_sequence, params.per_sequence); }
  return table[sequence];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let i = g * 64u + lid;
  if (i >= params.sequences * params.width) { return; }
  let range = chunks_of(i / params.width);
  var state = 0.0;
  if (HAS_INITIAL) { state = initial[i]; }
  for (var c = 0u; c < range.y; c++) {
    let chunk = range.x + select(c, range.y - 1u - c, REVERSED);
    let product = pairs[chunk * params.width + i % params.width];
    let at = (params.slot * params.chunks + chunk) * params.width + i % params.width;
    let made = pairs[at];
    pairs[at] = state;
    state = fma(product, state, made);
  }
  last[i] = state;
}
