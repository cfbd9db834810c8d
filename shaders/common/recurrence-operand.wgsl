// Where the rows of an operand of a recurrence lie, in elements.
struct Operand {
  batch: u32,
  head: u32,
  row: u32,
  // value heads that share a head of it
  share: u32,
}
