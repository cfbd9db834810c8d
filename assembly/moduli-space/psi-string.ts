// Intersection numbers with zeros, by the string equation: F[0, X] = sum over x in X of (2x + 1) F[x - 1, X - x].

import { dilaton, longest, numberAt, overflowOf, part, rankTerm, setPart, successor, unrank, wordsOf } from "../common/psi-partitions";
import { addScaled } from "../common/psi-numbers";

/**
 * Fills ranks [from, to) of table (g, z) from table (g, z - 1), z >= 1 (z >= 4 in genus 0). scratch: 2 KiB.
 *
 * Lowering the last of some equal parts keeps the order, so the rank of every lowered partition is made of the terms before the
 * part, its own, and the terms after it, and these are the same for all parts.
 */
export function psi_string(ctx: usize, g: i32, z: i32, from: i32, to: i32, scratch: usize): void {
  const words = wordsOf(ctx), bytes = words ? <usize>words << 2 : 8, overflow = overflowOf(ctx);
  const m = 3 * g - 3 + z, l = longest(ctx, g, z), below = l + 1;
  const list = scratch, after = scratch + 512;
  let n = unrank(ctx, list, from, m, l);
  let sum = numberAt(ctx, g, z, from);
  for (let r = from; r < to; r++, sum += bytes) {
    memory.fill(sum, 0, bytes);
    let left = 0, terms = 0;
    for (let i = n - 1; i >= 0; i--) {
      setPart(after, i, terms);
      left += part(list, i);
      terms += rankTerm(ctx, below, i, left, part(list, i));
    }
    left = m - 1;
    let before = 0;
    for (let i = 0, first = 0; i < n; i++) {
      const value = part(list, i);
      if (i + 1 == n || part(list, i + 1) != value) {
        const lowered = value == 1 ? 0 : rankTerm(ctx, below, i, left, value - 1);
        let weight: u64 = (i + 1 - first) * (2 * value + 3);
        if (value == 1) weight *= dilaton(g, z - 1 + n - 1);
        addScaled(words, sum, numberAt(ctx, g, z - 1, before + lowered + part(after, i)), weight, overflow);
        first = i + 1;
      }
      before += rankTerm(ctx, below, i, left, value);
      left -= value;
    }
    n = successor(list, n, l);
  }
}
