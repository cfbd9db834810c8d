// Intersection numbers without zeros and ones, genus 2 and above, by the recursion of Dijkgraaf, Verlinde and Verlinde in
// integers: with k the smallest entry and X the others,
//
//   G_g[k, X] = sum over x in X of (2x + 1) G_g[k + x - 1, X - x]
//             + 8 sum over a + b = k - 2 of G_(g-1)[a, b, X]
//             + sum over a + b = k - 2 and splittings of X into I and J of G_h[a, I] G_(g-h)[b, J].

import {
  dilaton, longest, numberOf, overflowOf, part, setPart, successor, unrank, wordsOf,
} from "../common/psi-partitions";
import { addScaled, multiplyTo, scaleTo } from "../common/psi-numbers";

/** Lists of up to 128 parts and numbers of up to 1 KiB, in the scratch memory of a call. */
const LIST: usize = 512;
const NUMBER: usize = 1024;

/** The first sum: k joins each distinct x. */
function joined(ctx: usize, g: i32, list: usize, n: i32, other: usize, sum: usize): void {
  const smallest = part(list, n - 1);
  for (let t = 0; t < n - 1; ) {
    const value = part(list, t);
    let end = t + 1;
    while (end < n - 1 && part(list, end) == value) end++;
    // The joined part goes where the descending order wants it; x is left out.
    const larger = smallest + value;
    let to = 0, from = 0;
    for (; from < n - 1 && part(list, from) >= larger; from++) setPart(other, to++, part(list, from));
    setPart(other, to++, larger);
    for (; from < n - 1; from++) if (from != t) setPart(other, to++, part(list, from));
    addScaled(wordsOf(ctx), sum, numberOf(ctx, g, 0, other, to), <u64>(end - t) * (2 * value + 3), overflowOf(ctx));
    t = end;
  }
}

/** Appends entry d to a list of parts that are no smaller, unless it is 0 or 1, which no list holds; the new length. */
// @ts-ignore: decorator
@inline
function appended(list: usize, n: i32, d: i32): i32 {
  if (d < 2) return n;
  setPart(list, n, d - 1);
  return n + 1;
}

/** The second sum: genus g - 1 with a and b in the place of k. `list` holds the parts of X and room for two more. */
function pinched(ctx: usize, g: i32, k: i32, list: usize, n: i32, sum: usize): void {
  for (let a = 0, b = k - 2; a <= b; a++, b--) {
    const zeros = i32(a == 0) + i32(b == 0), ones = i32(a == 1) + i32(b == 1);
    const length = appended(list, appended(list, n, b), a);
    let weight: u64 = a == b ? 8 : 16;
    for (let i = 0; i < ones; i++) weight *= dilaton(g - 1, zeros + length + i);
    addScaled(wordsOf(ctx), sum, numberOf(ctx, g - 1, zeros, list, length), weight, overflowOf(ctx));
  }
}

/** The address of G_h[a, I] without the factor of a = 1, which is `dilaton(h, n)`. */
// @ts-ignore: decorator
@inline
function half(ctx: usize, h: i32, a: i32, list: usize, n: i32): usize {
  return numberOf(ctx, h, i32(a == 0), list, appended(list, n, a));
}

/**
 * The third sum, over the sub-multisets I of X: counters over its distinct parts, each choice weighted by the ways to make it.
 * A pair with a < b stands for its mirror image too; where a = b the mirror image comes up by itself.
 */
function split(ctx: usize, g: i32, k: i32, list: usize, n: i32, scratch: usize, sum: usize): void {
  const words = wordsOf(ctx), overflow = overflowOf(ctx);
  const values = scratch, most = scratch + LIST, chosen = scratch + 2 * LIST, left = scratch + 3 * LIST, right = scratch + 4 * LIST;
  const scaled = scratch + 5 * LIST, product = scaled + NUMBER;
  let distinct = 0;
  for (let t = 0; t < n; t++) {
    if (t > 0 && part(list, t) == part(list, t - 1)) setPart(most, distinct - 1, part(most, distinct - 1) + 1);
    else {
      setPart(values, distinct, part(list, t));
      setPart(most, distinct, 1);
      setPart(chosen, distinct++, 0);
    }
  }
  while (true) {
    let nLeft = 0, nRight = 0, total = 0;
    let ways: u64 = 1;
    for (let t = 0; t < distinct; t++) {
      const value = part(values, t), c = part(chosen, t), all = part(most, t);
      for (let i = 0; i < c; i++) {
        setPart(left, nLeft++, value);
        ways = (ways * (all - i)) / (i + 1);
      }
      for (let i = c; i < all; i++) setPart(right, nRight++, value);
      total += c * value;
    }
    // a + 2 + |I| is three times the genus of the left factor.
    for (let a = (3 - ((total + 2) % 3)) % 3; a <= k - 2; a += 3) {
      const b = k - 2 - a, h = (a + 2 + total) / 3;
      if (a > b) break;
      const x = half(ctx, h, a, left, nLeft), y = half(ctx, g - h, b, right, nRight);
      let factor: u32 = 1;
      if (a == 1) factor *= dilaton(h, nLeft);
      if (b == 1) factor *= dilaton(g - h, nRight);
      scaleTo(words, scaled, x, factor, overflow);
      multiplyTo(words, product, scaled, y, overflow);
      addScaled(words, sum, product, a < b ? 2 * ways : ways, overflow);
    }
    let t = 0;
    while (t < distinct && part(chosen, t) == part(most, t)) setPart(chosen, t++, 0);
    if (t == distinct) return;
    setPart(chosen, t, part(chosen, t) + 1);
  }
}

/**
 * Fills the numbers of n points in table (g, 0), g >= 2, ranks [from, to). The tables (g', z) with g' < g and z <= 2 must be full, and
 * those of fewer points in (g, 0). scratch: 8 KiB.
 */
export function psi_primitive(ctx: usize, g: i32, n: i32, from: i32, to: i32, scratch: usize): void {
  const words = wordsOf(ctx), bytes = words ? <usize>words << 2 : 8;
  const l = longest(ctx, g, 0), list = scratch, other = scratch + LIST, inner = scratch + 2 * LIST;
  let length = unrank(ctx, list, from, 3 * g - 3, l);
  for (let r = from; r < to; r++) {
    if (length == n) {
      const sum = numberOf(ctx, g, 0, list, n), k = part(list, n - 1) + 1;
      memory.fill(sum, 0, bytes);
      joined(ctx, g, list, n, other, sum);
      memory.copy(other, list, <usize>n << 2);
      pinched(ctx, g, k, other, n - 1, sum);
      split(ctx, g, k, list, n - 1, inner, sum);
    }
    length = successor(list, length, l);
  }
}
