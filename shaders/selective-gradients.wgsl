// Gradients within the chunks of the selective scan, 16 steps each: its states again, then the reverse recurrence over them.
// A workgroup takes a part of the channels of one group, width at a time, and adds up their dB and dC.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> step_sizes: array<f32>;
@group(0) @binding(3) var<storage, read> a: array<f32>;
@group(0) @binding(4) var<storage, read> rows: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<vec4u>;
@group(0) @binding(6) var<storage, read> gradient: array<f32>;
// Slot 1: states at the starts of chunks; slot 2: gradients of the states at their ends.
@group(0) @binding(7) var<storage, read> pairs: array<f32>;
// du without the skip [B, D, L]; gradients of step sizes, alike; dA [chunk, D, N]; dB, dC [part, B, G, L, N] or [chunk, D, N].
@group(0) @binding(8) var<storage, read_write> results: array<f32>;

//!include common/selective.wgsl
//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/selective-coefficient.wgsl

const LANES: u32 = 1u;
const PER: u32 = 1u;
const CONSTANT_B: bool = false;
const CONSTANT_C: bool = false;
const REGULAR: bool = true;
const STEPS: u32 = 16u;
// 17 and 16 times PER.
const STATES: u32 = 17u;
const ROWS: u32 = 16u;

// [step][invocation]
var<workgroup> writes: array<f32, 1024>;
var<workgroup> pasts: array<f32, 1024>;

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
  let part = g % params.parts;
  let groups = params.channels / params.group_channels;
  let group = g / params.parts % groups;
  let index = g / params.parts / groups;
  let chunk = chunk_of(index);
  let first = group * params.group_channels + part * params.part_channels;
  let end = min(first + params.part_channels, (group + 1u) * params.group_channels);
  var b_sums: array<f32, ROWS>;
  var c_sums: array<f32, ROWS>;
  for (var i = 0u; i < ROWS; i++) {
    b_sums[i] = 0.0;
    c_sums[i] = 0.0;
  }
  for (var base = first; base < first + params.part_channels; base += width) {
    // Invocations past the last channel repeat it and leave nothing.
    let is_own = base + lid / LANES < end;
    let channel = min(base + lid / LANES, end - 1u);
    let x = step_at(chunk, channel);
    let b = row_at(chunk, channel, CONSTANT_B);
    let c = params.c_rows + row_at(chunk, channel, CONSTANT_C);
    let pair = pair_at(0u, index, channel);
    var state: array<f32, STATES>;
    for (var i = 0u; i < PER; i++) {
      let n = lid % LANES + i * LANES;
      if (n >= params.states) { continue; }
      let rate = a[channel * params.states + n];
      state[i] = pairs[pair_at(1u, index, channel) + n];
      for (var t = 0u; t < chunk.steps; t++) {
        let step = step_sizes[x + t];
        let row = select(b + t * params.states, b, CONSTANT_B);
        let coefficient = coefficient_of(exponential(step * rate));
        state[(t + 1u) * PER + i] = fma(coefficient, state[t * PER + i], step * u[x + t] * rows[row + n]);
      }
    }
    for (var t = 0u; t < chunk.steps; t++) {
      writes[t * 64u + lid] = 0.0;
      pasts[t * 64u + lid] = 0.0;
    }
    for (var i = 0u; i < PER; i++) {
      let n = lid % LANES + i * LANES;
      if (n >= params.states) { continue; }
      let rate = a[channel * params.states + n];
      var carry = pairs[pair_at(2u, index, channel) + n];
      var a_sum = 0.0;
      var b_sum = 0.0;
      var c_sum = 0.0;
      for (var back = 1u; back <= chunk.steps; back++) {
        let t = chunk.steps - back;
        let step = step_sizes[x + t];
        let decay = exponential(step * rate);
        let written = rows[select(b + t * params.states, b, CONSTANT_B) + n];
        let upper = gradient[x + t];
        let lambda = fma(rows[select(c + t * params.states, c, CONSTANT_C) + n], upper, carry);
        let by_b = lambda * step * u[x + t];
        let by_c = upper * state[(t + 1u) * PER + i];
        if (CONSTANT_B) { b_sum += by_b; } else if (is_own) { b_sums[t * PER + i] += by_b; }
        if (CONSTANT_C) { c_sum += by_c; } else if (is_own) { c_sums[t * PER + i] += by_c; }
        let past = lambda * select(decay, 2.0 * decay, SIGNED) * state[t * PER + i];
        a_sum = fma(past, step, a_sum);
        writes[t * 64u + lid] = fma(lambda, written, writes[t * 64u + lid]);
        pasts[t * 64u + lid] = fma(past, rate, pasts[t * 64u + lid]);
        carry = coefficient_of(decay) * lambda;
      }
      if (is_own) {
        results[params.d_a + pair + n] = a_sum;
        if (CONSTANT_B) { results[params.d_b + pair + n] = b_sum; }
        if (CONSTANT_C) { results[params.d_c + pair + n] = c_sum; }
      }
    }
    workgroupBarrier();
    for (var k = lid; k < width * STEPS; k += 64u) {
      let t = k % STEPS;
      let own = base + k / STEPS;
      if (t >= chunk.steps || own >= end) { continue; }
      var written = 0.0;
      var past = 0.0;
      for (var lane = 0u; lane < LANES; lane++) {
        written += writes[t * 64u + k / STEPS * LANES + lane];
        past += pasts[t * 64u + k / STEPS * LANES + lane];
      }
      let at = step_at(chunk, own) + t;
      results[at] = step_sizes[at] * written;
      results[params.d_steps + at] = fma(u[at], written, past);
    }
    workgroupBarrier();
  }
  if (CONSTANT_B && CONSTANT_C) { return; }
  // Elements of [B, G, L, N]: B D L N / channels of a group.
  let row_elements = params.d_steps / params.group_channels * params.states;
  for (var i = 0u; i < PER; i++) {
    for (var t = 0u; t < chunk.steps; t++) {
      writes[t * 64u + lid] = b_sums[t * PER + i];
      pasts[t * 64u + lid] = c_sums[t * PER + i];
    }
    workgroupBarrier();
    for (var k = lid; k < STEPS * LANES; k += 64u) {
      let t = k / LANES;
      let n = k % LANES + i * LANES;
      if (t >= chunk.steps || n >= params.states) { continue; }
      var by_b = 0.0;
      var by_c = 0.0;
      for (var own = 0u; own < width; own++) {
        by_b += writes[t * 64u + own * LANES + k % LANES];
        by_c += pasts[t * 64u + own * LANES + k % LANES];
      }
      let at = part * row_elements + row_at(chunk, first, false) + t * params.states + n;
      if (!CONSTANT_B) { results[params.d_b + at] = by_b; }
      if (!CONSTANT_C) { results[params.d_c + at] = by_c; }
    }
    workgroupBarrier();
  }
}
