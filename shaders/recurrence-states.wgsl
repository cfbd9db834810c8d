// The one part of a chunked recurrence that runs through time. Forward, with the matrices of a chunk,
//   r = u - W S,   S' = decay S + B^T r (+ what `states` holds for the chunk),   and S takes its place in `states`;
// backward the chunks pass in reverse, with the same matrices in other places and both signs turned: r = u + W S,
// S' = decay S - B^T r. A workgroup keeps the columns [4 QUADS g, 4 QUADS (g + 1)) of one head's state.
struct Params {
  group_base: u32,
  group_count: u32,
  // Chunks of this pass: [chunk0, end).
  chunk0: u32,
  end: u32,
  slot0: u32,
  heads: u32,
  sequence0: u32,
  // Channels of k and v, and with the padding to whole quads.
  k: u32,
  v: u32,
  k_padded: u32,
  v_padded: u32,
  gate_width: u32,
  chunk: u32,
  gate: u32,
  // Of the FLAGS below.
  flags: u32,
  pad0: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Entries of recurrence-chunks.wgsl: first chunk, chunks.
@group(0) @binding(1) var<storage, read> sequences: array<vec4u>;
// [unit][chunk][v], replaced by r.
@group(0) @binding(2) var<storage, read_write> u: array<vec4f>;
// [unit][chunk][k]
@group(0) @binding(3) var<storage, read> w: array<vec4f>;
// B^T: [unit][k][chunk]
@group(0) @binding(4) var<storage, read> b: array<vec4f>;
@group(0) @binding(5) var<storage, read> decays: array<u32>;
// States of the sequences before the first and after the last chunk. Between two passes the latter carries on.
@group(0) @binding(6) var<storage, read> initial: array<f32>;
@group(0) @binding(7) var<storage, read_write> ends: array<f32>;
// [slot][k][v]
@group(0) @binding(8) var<storage, read_write> states: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/recurrence-decay.wgsl

const BACKWARD: u32 = 1u << 0u;
const HAS_INITIAL: u32 = 1u << 1u;
const HAS_INPUT: u32 = 1u << 2u;
// The tensors of states are [v][k].
const VALUE_FIRST: u32 = 1u << 3u;
// Quads of columns of a workgroup, and rows of k that its memory holds.
const QUADS: u32 = 4;
const ROWS: u32 = 64;
// Quads of a matrix that an invocation asks for at once: nothing else hides how long memory takes.
const AHEAD: u32 = 8;

// [k][QUADS], [chunk][QUADS]
var<workgroup> state: array<vec4f, ROWS * QUADS>;
var<workgroup> residual: array<vec4f, 64u * QUADS>;

fn has(flag: u32) -> bool {
  return (params.flags & flag) != 0u;
}

fn outer_at(sequence_head: u32, row: u32, column: u32) -> u32 {
  let base = sequence_head * params.k * params.v;
  return base + select(row * params.v + column, column * params.k + row, has(VALUE_FIRST));
}

fn load_state(resumed: bool, sequence_head: u32, quad0: u32, lid: u32) {
  for (var e = lid; e < params.k_padded * QUADS; e += 256u) {
    let row = e / QUADS;
    var values = vec4f();
    for (var i = 0u; i < 4u; i += 1u) {
      let column = (quad0 + e % QUADS) * 4u + i;
      if (row >= params.k || column >= params.v) { continue; }
      let at = outer_at(sequence_head, row, column);
      if (resumed) { values[i] = ends[at]; } else if (has(HAS_INITIAL)) { values[i] = initial[at]; }
    }
    state[e % (ROWS * QUADS)] = values;
  }
}

fn store_state(sequence_head: u32, quad0: u32, lid: u32) {
  for (var e = lid; e < params.k_padded * QUADS; e += 256u) {
    let row = e / QUADS;
    for (var i = 0u; i < 4u; i += 1u) {
      let column = (quad0 + e % QUADS) * 4u + i;
      if (row < params.k && column < params.v) {
        ends[outer_at(sequence_head, row, column)] = state[e % (ROWS * QUADS)][i];
      }
    }
  }
}

fn has_quad(quad: u32) -> bool {
  return quad < params.v_padded / 4u;
}

// r of the chunk, into the workgroup's memory and into u.
fn find_residual(unit: u32, quad0: u32, lid: u32) {
  let k_quads = params.k_padded / 4u;
  for (var e = lid; e < params.chunk * QUADS; e += 256u) {
    let row = unit * params.chunk + e / QUADS;
    let quad = e % QUADS;
    let inside = has_quad(quad0 + quad);
    let target_at = row * (params.v_padded / 4u) + quad0 + quad;
    var result = vec4f();
    if (inside) { result = u[target_at]; }
    var sum = vec4f();
    for (var k0 = 0u; k0 < k_quads; k0 += AHEAD) {
      var x: array<vec4f, AHEAD>;
      for (var i = 0u; i < AHEAD; i += 1u) {
        x[i] = select(vec4f(), w[row * k_quads + min(k0 + i, k_quads - 1u)], k0 + i < k_quads);
      }
      for (var i = 0u; i < AHEAD; i += 1u) {
        let at = (k0 + i) % (ROWS / 4u) * 4u * QUADS + quad;
        sum += x[i].x * state[at] + x[i].y * state[at + QUADS];
        sum += x[i].z * state[at + 2u * QUADS] + x[i].w * state[at + 3u * QUADS];
      }
    }
    result += select(-sum, sum, has(BACKWARD));
    if (inside) { u[target_at] = result; }
    residual[e % (64u * QUADS)] = select(vec4f(), result, inside);
  }
}

fn advance(unit: u32, slot: u32, quad0: u32, lid: u32) {
  for (var e = lid; e < params.k_padded * QUADS; e += 256u) {
    let row = e / QUADS;
    let quad = e % QUADS;
    let before = state[e % (ROWS * QUADS)];
    var input = vec4f();
    if (has_quad(quad0 + quad)) {
      let at = (slot * params.k_padded + row) * (params.v_padded / 4u) + quad0 + quad;
      if (has(HAS_INPUT)) { input = states[at]; }
      states[at] = before;
    }
    let quads = params.chunk / 4u;
    var sum = vec4f();
    for (var i0 = 0u; i0 < quads; i0 += AHEAD) {
      var x: array<vec4f, AHEAD>;
      for (var i = 0u; i < AHEAD; i += 1u) {
        let at = (unit * params.k_padded + row) * quads + min(i0 + i, quads - 1u);
        x[i] = select(vec4f(), b[at], i0 + i < quads);
      }
      for (var i = 0u; i < AHEAD; i += 1u) {
        let at = (i0 + i) % 16u * 4u * QUADS + quad;
        sum += x[i].x * residual[at] + x[i].y * residual[at + QUADS];
        sum += x[i].z * residual[at + 2u * QUADS] + x[i].w * residual[at + 3u * QUADS];
      }
    }
    sum = input + select(sum, -sum, has(BACKWARD));
    state[e % (ROWS * QUADS)] = carry(1u, unit, params.chunk - 1u, vec4u(row)) * before + sum;
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let blocks = (params.v_padded / 4u + QUADS - 1u) / QUADS;
  let quad0 = g % blocks * QUADS;
  let head = g / blocks % params.heads;
  let sequence = params.sequence0 + g / blocks / params.heads;
  let entry = sequences[sequence];
  let last = entry.x + entry.y;
  let begin = max(entry.x, params.chunk0);
  let end = min(last, params.end);
  let sequence_head = sequence * params.heads + head;

  load_state(select(begin > entry.x, end < last, has(BACKWARD)), sequence_head, quad0, lid);
  workgroupBarrier();
  for (var passed = 0u; passed < end - begin; passed += 1u) {
    let chunk = select(begin + passed, end - 1u - passed, has(BACKWARD));
    let unit = (chunk - params.chunk0) * params.heads + head;
    let slot = (chunk + sequence - params.slot0) * params.heads + head;
    find_residual(unit, quad0, lid);
    workgroupBarrier();
    advance(unit, slot, quad0, lid);
    workgroupBarrier();
  }
  store_state(sequence_head, quad0, lid);
  if (has(BACKWARD) || end != last) { return; }
  let slot = (last + sequence - params.slot0) * params.heads + head;
  for (var e = lid; e < params.k_padded * QUADS; e += 256u) {
    let at = (slot * params.k_padded + e / QUADS) * (params.v_padded / 4u) + quad0 + e % QUADS;
    if (has_quad(quad0 + e % QUADS)) { states[at] = state[e % (ROWS * QUADS)]; }
  }
}
