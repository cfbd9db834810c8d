// Read-outs of the selective scan: every chunk runs from its state, 16 steps between two barriers.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> step_sizes: array<f32>;
@group(0) @binding(3) var<storage, read> a: array<f32>;
@group(0) @binding(4) var<storage, read> rows: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<vec4u>;
// Slot 1 of the pairs; where a sequence is one chunk, the initial states.
@group(0) @binding(6) var<storage, read> starts: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;
@group(0) @binding(8) var<storage, read_write> last: array<f32>;

//!include common/selective.wgsl
//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/selective-coefficient.wgsl

const LANES: u32 = 1u;
const PER: u32 = 1u;
const CONSTANT_B: bool = false;
const CONSTANT_C: bool = false;
const REGULAR: bool = true;
// A sequence is one chunk, which leaves the last state too.
const ALONE: bool = false;
const HAS_START: bool = true;

// [step of 16][invocation]
var<workgroup> sums: array<f32, 1024>;

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
  let index = g / blocks;
  let chunk = chunk_of(index);
  let first = g % blocks * width;
  // Invocations past the last channel repeat it and write nothing.
  let channel = min(first + lid / LANES, params.channels - 1u);
  let origin = pair_at(select(1u, 0u, ALONE), index, channel);
  var state: array<f32, PER>;
  for (var i = 0u; i < PER; i++) {
    let n = lid % LANES + i * LANES;
    state[i] = 0.0;
    if (HAS_START && n < params.states) { state[i] = starts[origin + n]; }
  }
  let x = step_at(chunk, channel);
  let b = row_at(chunk, channel, CONSTANT_B);
  let c = params.c_rows + row_at(chunk, channel, CONSTANT_C);
  for (var t0 = 0u; t0 < chunk.steps; t0 += 16u) {
    let count = min(16u, chunk.steps - t0);
    for (var t = t0; t < t0 + count; t++) {
      let step = step_sizes[x + t];
      let input = step * u[x + t];
      let b_row = select(b + t * params.states, b, CONSTANT_B);
      let c_row = select(c + t * params.states, c, CONSTANT_C);
      var sum = 0.0;
      for (var i = 0u; i < PER; i++) {
        let n = lid % LANES + i * LANES;
        if (n < params.states) {
          let coefficient = coefficient_of(exponential(step * a[channel * params.states + n]));
          state[i] = fma(coefficient, state[i], input * rows[b_row + n]);
          sum = fma(state[i], rows[c_row + n], sum);
        }
      }
      sums[(t - t0) * 64u + lid] = sum;
    }
    workgroupBarrier();
    for (var k = lid; k < width * 16u; k += 64u) {
      let t = k % 16u;
      let own = first + k / 16u;
      if (t < count && own < params.channels) {
        var sum = 0.0;
        for (var lane = 0u; lane < LANES; lane++) { sum += sums[t * 64u + k / 16u * LANES + lane]; }
        y[step_at(chunk, own) + t0 + t] = sum;
      }
    }
    workgroupBarrier();
  }
  if (!ALONE || first + lid / LANES >= params.channels) { return; }
  for (var i = 0u; i < PER; i++) {
    let n = lid % LANES + i * LANES;
    if (n < params.states) { last[(chunk.sequence * params.channels + channel) * params.states + n] = state[i]; }
  }
}
