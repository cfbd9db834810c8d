// Each chunk of the selective scan on its own, backwards: what it hands to the chunk before it of no gradient from behind.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> step_sizes: array<f32>;
@group(0) @binding(3) var<storage, read> a: array<f32>;
@group(0) @binding(4) var<storage, read> rows: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<vec4u>;
// Slot 2.
@group(0) @binding(6) var<storage, read_write> pairs: array<f32>;

//!include common/selective.wgsl
//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/selective-coefficient.wgsl

const LANES: u32 = 1u;
const PER: u32 = 1u;
const CONSTANT_C: bool = false;
const REGULAR: bool = true;

fn chunk_of(index: u32) -> Chunk {
  if (REGULAR) { return regular_chunk(index); }
  return chunk_from_table(table[index]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let width = 64u / LANES;
  let blocks = (params.channels + width - 1u) / width;
  let channel = g % blocks * width + lid / LANES;
  if (channel >= params.channels) { return; }
  let chunk = chunk_of(g / blocks);
  let x = step_at(chunk, channel);
  let c = params.c_rows + row_at(chunk, channel, CONSTANT_C);
  for (var i = 0u; i < PER; i++) {
    let n = lid % LANES + i * LANES;
    if (n >= params.states) { continue; }
    let rate = a[channel * params.states + n];
    var carry = 0.0;
    for (var back = 1u; back <= chunk.steps; back++) {
      let t = chunk.steps - back;
      let row = select(c + t * params.states, c, CONSTANT_C);
      carry = coefficient_of(exponential(step_sizes[x + t] * rate)) * fma(rows[row + n], gradient[x + t], carry);
    }
    pairs[pair_at(2u, g / blocks, channel) + n] = carry;
  }
}
