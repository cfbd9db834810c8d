// Where the rows of an operand of a recurrence lie, in elements.
struct Operand {
  batch: u32,
  head: u32,
  row: u32,
  // value heads that share a head of it
  share: u32,
}

// Properties of a call in `params.flags`. They are no constants: a shader more costs more than a uniform branch.

// Sequences of unequal lengths.
fn is_packed() -> bool {
  return (params.flags & 1u) != 0u;
}

// The recurrence runs from the last row to the first.
fn is_backwards() -> bool {
  return (params.flags & 2u) != 0u;
}

// There are states to begin with.
fn has_initial() -> bool {
  return (params.flags & 4u) != 0u;
}

// The step to the next row, which may be a step back, modulo 2^32.
fn step_of(at: Operand) -> u32 {
  return select(at.row, 0u - at.row, is_backwards());
}
