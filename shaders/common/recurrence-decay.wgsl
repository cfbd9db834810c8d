// Decays out of what recurrence-decays.wgsl leaves per unit: [2][chunk][width] words, first the sum L of the logarithms of the
// chunk's gates up to and with the row, zeros left out; then 2 z + n, z counting the zeros and the last bit of n the negative
// gates. From row j to row i the state decays by [z_i = z_j] (-1)^(n_i - n_j) e^(L_i - L_j), and no infinity is formed.
//!include common/math.wgsl

// params.gate is 0 without a gate, 1 with one per row, 2 with one per row and key channel.

struct Sums {
  logs: vec4f,
  marks: vec4u,
}

// Of four channels. Before the first row nothing has decayed.
fn sums_at(unit: u32, row: i32, channels: vec4u) -> Sums {
  if (params.gate == 0u || row < 0) { return Sums(vec4f(), vec4u()); }
  let width = select(params.gate_width, 1u, params.gate == 1u);
  let part = params.chunk * width;
  let at = vec4u(2u * unit * part + u32(row) * width) + select(channels, vec4u(), params.gate == 1u);
  let marked = at + vec4u(part);
  return Sums(
    bitcast<vec4f>(vec4u(decays[at.x], decays[at.y], decays[at.z], decays[at.w])),
    vec4u(decays[marked.x], decays[marked.y], decays[marked.z], decays[marked.w]),
  );
}

// What is left at `late` of what was there at `early`.
fn decay_between(late: Sums, early: Sums) -> vec4f {
  let differing = late.marks ^ early.marks;
  let decay = exp4(late.logs - early.logs);
  let signed_decay = select(decay, -decay, (differing & vec4u(1u)) == vec4u(1u));
  return select(vec4f(), signed_decay, differing < vec4u(2u));
}

// 1: of the state before the chunk at a row; 2: of a row at the end of the chunk; 3: of the state before the chunk at the row
// before.
fn carry(kind: u32, unit: u32, row: u32, channels: vec4u) -> vec4f {
  if (params.gate == 0u || kind == 0u) { return vec4f(1.0); }
  let at_row = sums_at(unit, i32(row) - select(0, 1, kind == 3u), channels);
  if (kind == 2u) { return decay_between(sums_at(unit, i32(params.chunk) - 1, channels), at_row); }
  return decay_between(at_row, Sums(vec4f(), vec4u()));
}
