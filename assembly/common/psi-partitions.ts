// Partitions of m into at most l parts, as lists of i32 in descending order, ranked in ascending lexicographic order.
//
// The tables of intersection numbers hold G (the amplitude times 2^(4g-1), see the host's amplitude.ts) by genus g, zeros z and
// the partition of 3g - 3 + z that the entries d >= 2 make, each lowered by one; entries of 1 are factors. What all kernels need to
// find a number is the context, 32-bit words:
//
//    0 counts    partitions of m into at most l parts, none above k, at (l side + m) side + k
//    4 side
//    8 limit     points that genus 0 may have; genus g has 2g fewer
//   12 words     of a number; 0 for doubles
//   16 tables    pointers, that of (g, z) at g stride + z
//   20 stride
//   24 overflow  not 0 once a number did not fit
//   28 logs      doubles, the logarithm of (2d + 1)!! at d

// @ts-ignore: decorator
@inline
function count(ctx: usize, l: i32, m: i32, k: i32): i32 {
  const side = load<i32>(ctx, 4);
  return load<i32>(load<usize>(ctx) + (<usize>((l * side + m) * side + k) << 2));
}

// @ts-ignore: decorator
@inline
export function part(list: usize, i: i32): i32 {
  return load<i32>(list + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
export function setPart(list: usize, i: i32, value: i32): void {
  store<i32>(list + (<usize>i << 2), value);
}

// @ts-ignore: decorator
@inline
export function wordsOf(ctx: usize): i32 {
  return load<i32>(ctx, 12);
}

// @ts-ignore: decorator
@inline
export function overflowOf(ctx: usize): usize {
  return ctx + 24;
}

/** Most parts of a partition of table (g, z). */
// @ts-ignore: decorator
@inline
export function longest(ctx: usize, g: i32, z: i32): i32 {
  return load<i32>(ctx, 8) - 2 * g - z;
}

/** What the parts before part i contribute to a rank: terms of parts [from, to) when `left` is the sum of these and later ones. */
// @ts-ignore: decorator
@inline
export function rankTerm(ctx: usize, l: i32, i: i32, left: i32, value: i32): i32 {
  return count(ctx, l - i, left, value - 1);
}

export function rank(ctx: usize, list: usize, n: i32, m: i32, l: i32): i32 {
  let result = 0;
  for (let i = 0; i < n; i++) {
    const value = part(list, i);
    result += rankTerm(ctx, l, i, m, value);
    m -= value;
  }
  return result;
}

/** Where the number of a rank lies in table (g, z). */
// @ts-ignore: decorator
@inline
export function numberAt(ctx: usize, g: i32, z: i32, rank: i32): usize {
  const table = load<usize>(load<usize>(ctx, 16) + (<usize>(g * load<i32>(ctx, 20) + z) << 2));
  const words = wordsOf(ctx);
  return table + <usize>rank * (words ? <usize>words << 2 : 8);
}

/** The number of the partition `list` in table (g, z). */
export function numberOf(ctx: usize, g: i32, z: i32, list: usize, n: i32): usize {
  return numberAt(ctx, g, z, rank(ctx, list, n, 3 * g - 3 + z, longest(ctx, g, z)));
}

/** F[1, X] = dilaton F[X] for n points X of genus g; the start of genus 1, F[1], stands at no points. */
// @ts-ignore: decorator
@inline
export function dilaton(g: i32, n: i32): u32 {
  return g == 1 && n == 0 ? 1 : 3 * (2 * g - 2 + n);
}

/** The most even partition of m into at most l parts, which is the first; its length. */
function spread(list: usize, at: i32, m: i32, l: i32): i32 {
  if (m == 0) return at;
  const parts = min(m, l), low = m / parts, high = m % parts;
  for (let i = 0; i < parts; i++) setPart(list, at + i, low + i32(i < high));
  return at + parts;
}

/** Writes the partition of m into at most l parts that has this rank; its length. */
export function unrank(ctx: usize, list: usize, rank: i32, m: i32, l: i32): i32 {
  let n = 0;
  while (m > 0) {
    let value = 1;
    while (count(ctx, l - n, m, value) <= rank) value++;
    rank -= count(ctx, l - n, m, value - 1);
    setPart(list, n++, value);
    m -= value;
  }
  return n;
}

/** Makes the partition the next one into at most l parts; its new length, or -1 after the last. */
export function successor(list: usize, n: i32, l: i32): i32 {
  let after = 0;
  for (let i = n - 1; i >= 0; i--) {
    const value = part(list, i);
    if (after > 0 && (i == 0 || part(list, i - 1) > value)) {
      setPart(list, i, value + 1);
      return spread(list, i + 1, after - 1, l - i - 1);
    }
    after += value;
  }
  return -1;
}
