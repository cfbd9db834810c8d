// Each chunk of the selective scan on its own: the product of its coefficients, and the state that it makes of nothing.
// LANES invocations share a channel, each with PER states.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> step_sizes: array<f32>;
@group(0) @binding(3) var<storage, read> a: array<f32>;
@group(0) @binding(4) var<storage, read> rows: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<vec4u>;
// Slot 0 takes the products, slot 1 the states.
@group(0) @binding(6) var<storage, read_write> pairs: array<f32>;

//!include common/selective.wgsl
//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/selective-coefficient.wgsl

const LANES: u32 = 1u;
const PER: u32 = 1u;
const CONSTANT_B: bool = false;
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
  let b = row_at(chunk, channel, CONSTANT_B);
  for (var i = 0u; i < PER; i++) {
    let n = lid % LANES + i * LANES;
    if (n >= params.states) { continue; }
    let rate = a[channel * params.states + n];
    var product = 1.0;
    var state = 0.0;
    for (var t = 0u; t < chunk.steps; t++) {
      let step = step_sizes[x + t];
      let coefficient = coefficient_of(exponential(step * rate));
      let row = select(b + t * params.states, b, CONSTANT_B);
      product *= coefficient;
      state = fma(coefficient, state, step * u[x + t] * rows[row + n]);
    }
    pairs[pair_at(0u, g / blocks, channel) + n] = product;
    pairs[pair_at(1u, g / blocks, channel) + n] = state;
  }
}
