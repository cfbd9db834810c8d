// The pass over chunks: what each chunk adds becomes the state before it; REVERSED: the gradient of the state behind it. An
// invocation takes one element of one sequence's state through the segment.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> decays: array<vec4f>;
@group(0) @binding(2) var<storage, read> initial: array<f32>;
@group(0) @binding(3) var<storage, read> table: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> states: array<f32>;
// States that go on from one segment to the next, in the order of `states`.
@group(0) @binding(5) var<storage, read_write> boundary: array<f32>;
@group(0) @binding(6) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl

fn has_result() -> bool {
  return (params.flags & 8u) != 0u;
}

// Also the state behind the last chunk is kept.
fn keeps_last() -> bool {
  return (params.flags & 16u) != 0u;
}

// Chunks that are read ahead: the next ones do not wait for what is written.
const AHEAD: u32 = 8;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let row = value_quads() * 4u;
  let elements = params.heads * params.keys * row;
  let groups = (elements + 255u) / 256u;
  let sequence = params.first_sequence + g / groups;
  let element = g % groups * 256u + lid;
  if (element >= elements) { return; }
  let head = element / (params.keys * row);
  let key = element / row % params.keys;
  let value = element % row;
  let outer = (sequence * params.heads + head) * params.keys * params.values + key * params.key_step + value * params.value_step;

  let first = sequence_start(sequence).y;
  let end = sequence_start(sequence + 1u).y;
  let begin = max(first, params.first_chunk);
  let stop = min(end, params.first_chunk + params.chunks);
  let begins = select(first >= params.first_chunk, end <= params.first_chunk + params.chunks, REVERSED);
  let ends = select(end <= params.first_chunk + params.chunks, first >= params.first_chunk, REVERSED);
  let exists = value < params.values;

  var state = 0.0;
  if (begins) {
    if (has_initial() && exists) { state = initial[outer]; }
  } else {
    state = boundary[(params.segment + select(0u, 1u, REVERSED)) * elements + element];
  }
  let slots = begin - params.first_chunk + sequence - params.first_sequence;
  let count = stop - begin;
  for (var done = 0u; done < count; done += AHEAD) {
    var added: array<f32, AHEAD>;
    var carry: array<f32, AHEAD>;
    for (var i = 0u; i < AHEAD; i += 1u) {
      let at = min(done + i, count - 1u);
      let chunk = select(at, count - 1u - at, REVERSED);
      added[i] = states[(slots + chunk) * elements + element];
      carry[i] = decays[carry_at(begin - params.first_chunk + chunk, head, key / 4u)][key % 4u];
    }
    for (var i = 0u; i < AHEAD; i += 1u) {
      if (done + i < count) {
        let chunk = select(done + i, count - 1u - done - i, REVERSED);
        states[(slots + chunk) * elements + element] = state;
        state = fma(carry[i], state, state) + added[i];
      }
    }
  }
  if (keeps_last()) { states[(slots + count) * elements + element] = state; }
  if (!ends) {
    boundary[(params.segment + select(1u, 0u, REVERSED)) * elements + element] = state;
  } else if (has_result() && exists) {
    result[outer] = state;
  }
}
