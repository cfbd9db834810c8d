// States between their layout outside, any two steps, and rows of whole vectors.

/** to [keys][padded values] = from, zeros where there is none and in the padding. */
export function loadState(from: usize, kStep: usize, vStep: usize, keys: i32, values: i32, to: usize, rowBytes: usize): void {
  memory.fill(to, 0, <usize>keys * rowBytes);
  if (!from) return;
  for (; keys > 0; keys--, from += kStep, to += rowBytes) {
    let src = from;
    for (let x = to, end = to + (<usize>values << 2); x < end; x += 4, src += vStep) store<f32>(x, load<f32>(src));
  }
}

export function storeState(from: usize, rowBytes: usize, keys: i32, values: i32, to: usize, kStep: usize, vStep: usize): void {
  for (; keys > 0; keys--, from += rowBytes, to += kStep) {
    let dst = to;
    for (let x = from, end = from + (<usize>values << 2); x < end; x += 4, dst += vStep) store<f32>(dst, load<f32>(x));
  }
}
