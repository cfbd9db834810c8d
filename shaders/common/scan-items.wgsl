// What is scanned: elements of the includer's type, and whether one of them began a segment. The includer says what an Element is,
// unit(), join(before, after), load(index), put(index, element) and first(line), what comes before a line.

struct Params {
  group_base: u32,
  group_count: u32,
  // Steps of a line and elements from one step to the next.
  n: u32,
  inner: u32,
  // What this call scans: so many lines from number first_line on, positions [begin, end) of each, in tiles.
  lines: u32,
  first_line: u32,
  begin: u32,
  end: u32,
  tiles: u32,
  // Operands are bound from this element on, flags of steps from this step on.
  base: u32,
  flag_base: u32,
  // Of segments.
  offsets: u32,
  // Positions before `begin` have been scanned, the spine begins with what they came to.
  goes_on: u32,
  // Elements of a monoid, and its unit.
  size: u32,
  neutral: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

const REVERSED: bool = false;
// Where the scan begins anew: 0 nowhere, 1 flags of a byte, 2 flags of a word, 3 ascending offsets.
const RESETS: u32 = 0u;
// Flags are of every element, not of every step.
const EACH: bool = false;

struct Item { value: Element, reset: u32 }

fn combined(before: Item, after: Item) -> Item {
  if (RESETS == 0u) { return Item(join(before.value, after.value), 0u); }
  var value = after.value;
  if (after.reset == 0u) { value = join(before.value, after.value); }
  return Item(value, before.reset | after.reset);
}

// Where a step of a line lies in the bound operands. Large tensors wrap around, and the difference is right again.
fn place(line: u32, step: u32) -> u32 {
  let all = params.first_line + line;
  return all / params.inner * params.n * params.inner + step * params.inner + all % params.inner - params.base;
}

// Positions count in the direction of the scan.
fn index_of(line: u32, position: u32) -> u32 {
  return place(line, select(position, params.n - 1u - position, REVERSED));
}

fn is_offset(step: u32) -> bool {
  var low = 0u;
  var high = params.offsets;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (resets[middle] < step) { low = middle + 1u; } else { high = middle; }
  }
  return low < params.offsets && resets[min(low, params.offsets - 1u)] == step;
}

// Backwards, a segment is entered after its neighbour was left through that one's first step.
fn reset_at(line: u32, position: u32) -> u32 {
  if (RESETS == 0u || position == 0u) { return 0u; }
  let step = select(position, params.n - position, REVERSED);
  if (RESETS == 3u) { return u32(is_offset(step)); }
  let i = select(step - params.flag_base, place(line, step), EACH);
  if (RESETS == 2u) { return u32(resets[i] != 0u); }
  return u32(((resets[i / 4u] >> (i % 4u * 8u)) & 255u) != 0u);
}

fn item_at(line: u32, position: u32) -> Item {
  if (position >= params.end) { return Item(unit(), 0u); }
  return Item(load(index_of(line, position)), reset_at(line, position));
}
