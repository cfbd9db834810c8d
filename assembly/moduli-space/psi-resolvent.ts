// One vertex of a cycle in the matrix-resolvent form of an intersection number, modulo a prime below 2^31.
//
// The matrices M_e = [[alpha, beta], [gamma, -alpha]] have one entry that is not 0: gamma where e = 0, beta where 1, alpha where 2
// modulo 3; `entries` holds it, u32 by e, and 0 stands for those of negative e.

/** What keeps a sum of products below 2^64: 2^63 or so, as a multiple of the prime. */
// @ts-ignore: decorator
@inline
function lowered(sum: u64, big: u64): u64 {
  return sum >= big ? sum - big : sum;
}

/**
 * out[k'] = sum over k < count of in[k] M_e, e = base + step k + outStep k', for k' < outCount; in and out are pairs of u32.
 * step and outStep are 1 or -1.
 */
export function psi_vertex(src: usize, count: i32, dst: usize, outCount: i32, base: i32, step: i32, outStep: i32, entries: usize, prime: u32): void {
  const p = <u64>prime, big = p * p * 2;
  for (let j = 0; j < outCount; j++, base += outStep) {
    let x: u64 = 0, y: u64 = 0;
    // Only e >= 0 counts: k from or up to -base.
    let from = 0, to = count;
    if (step > 0) from = max(0, -base);
    else to = min(count, base + 1);
    let e = base + step * from;
    let at = src + (<usize>from << 3);
    let kind = from < to ? e % 3 : 0;
    for (let k = from; k < to; k++, at += 8, e += step) {
      const m = <u64>load<u32>(entries + (<usize>e << 2));
      const s = <u64>load<u32>(at), t = <u64>load<u32>(at, 4);
      if (kind == 0) x = lowered(x + t * m, big);
      else if (kind == 1) y = lowered(y + s * m, big);
      else {
        x = lowered(x + s * m, big);
        y = lowered(y + (p - t) * m, big);
      }
      kind += step;
      if (kind == 3) kind = 0;
      else if (kind < 0) kind = 2;
    }
    store<u32>(dst, <u32>(x % p));
    store<u32>(dst, <u32>(y % p), 4);
    dst += 8;
  }
}
