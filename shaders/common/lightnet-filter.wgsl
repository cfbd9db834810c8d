// Lines along one axis of a tensor [outer, n, inner, d]; an invocation takes one feature of one line.
struct Params {
  group_base: u32,
  group_count: u32,
  lines: u32,
  n: u32,
  inner: u32,
  d: u32,
  pad0: u32,
  pad1: u32,
}

// Exponentials per feature; whether the filter goes both ways, and whether the first time from the end.
const TERMS: u32 = 1;
const TWO_SIDED: bool = false;
const BACK: bool = false;

fn element_at(line: u32, step: u32, feature: u32) -> u32 {
  return ((line / params.inner * params.n + step) * params.inner + line % params.inner) * params.d + feature;
}

// Of states and gradients of the factors, [TERMS, lines, d].
fn term_at(term: u32, line: u32, feature: u32) -> u32 {
  return (term * params.lines + line) * params.d + feature;
}
