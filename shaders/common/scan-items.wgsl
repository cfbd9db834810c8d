// What is scanned: elements of the includer's type, and whether one of them began a segment. The includer says what an Element is,
// unit(), join(before, after), load(index), put(index, element) and first(line), what comes before a line.

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

// Index of a step of a line.
fn place(line: u32, step: u32) -> u32 {
  return line / params.inner * params.n * params.inner + step * params.inner + line % params.inner;
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
  let i = select(step, place(line, step), EACH);
  if (RESETS == 2u) { return u32(resets[i] != 0u); }
  return u32(((resets[i / 4u] >> (i % 4u * 8u)) & 255u) != 0u);
}

fn item_at(line: u32, position: u32) -> Item {
  if (position >= params.n) { return Item(unit(), 0u); }
  return Item(load(index_of(line, position)), reset_at(line, position));
}
