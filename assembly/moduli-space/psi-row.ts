// A row of the table of intersection numbers: all d of n points in genus g, in ascending lexicographic order of d descending.

import { dilaton, numberOf, overflowOf, part, setPart, successor, unrank, wordsOf } from "../common/psi-partitions";
import { logarithm } from "../common/logarithm";
import { scaleTo } from "../common/psi-numbers";

/**
 * Ranks [from, to) of row (g, n): numbers at `values` (words u32, or without words the logarithm of the intersection number as
 * a double), d as n bytes each at `entries` unless that is 0; and the sums of the numbers word by word as u64 at `sums`.
 * shift: the logarithm of 2^(4g-1), or 0 in genus 0. scratch: 2 KiB.
 */
export function psi_row(ctx: usize, g: i32, n: i32, from: i32, to: i32, values: usize, entries: usize, sums: usize, shift: f64, scratch: usize): void {
  const words = wordsOf(ctx), overflow = overflowOf(ctx), bytes = words ? <usize>words << 2 : 8;
  const list = scratch, parts = scratch + 512, logs = load<usize>(ctx, 28);
  const dimension = 3 * g - 3 + n;
  let length = unrank(ctx, list, from, dimension, n);
  memory.fill(sums, 0, <usize>words << 3);
  for (let r = from; r < to; r++, values += bytes) {
    let large = 0, ones = 0;
    while (large < length && part(list, large) > 1) {
      setPart(parts, large, part(list, large) - 1);
      large++;
    }
    ones = length - large;
    const zeros = n - length;
    let source = numberOf(ctx, g, zeros, parts, large);
    if (words) {
      // Factors of ones together, as long as they fit in 32 bits.
      let factor: u64 = 1;
      for (let i = 0; i < ones; i++) {
        const next = <u64>dilaton(g, zeros + large + i);
        if ((factor * next) >> 32) {
          scaleTo(words, values, source, <u32>factor, overflow);
          source = values;
          factor = next;
        } else factor *= next;
      }
      scaleTo(words, values, source, <u32>factor, overflow);
      for (let w = 0; w < words; w++) {
        const at = sums + (<usize>w << 3);
        store<u64>(at, load<u64>(at) + load<u32>(values + (<usize>w << 2)));
      }
    } else {
      let value = load<f64>(source);
      for (let i = 0; i < ones; i++) value *= <f64>dilaton(g, zeros + large + i);
      let log = logarithm(value) - shift;
      for (let i = 0; i < length; i++) log -= load<f64>(logs + (<usize>part(list, i) << 3));
      store<f64>(values, log);
    }
    if (entries) {
      for (let i = 0; i < length; i++) store<u8>(entries + <usize>i, <u8>part(list, i));
      memory.fill(entries + <usize>length, 0, <usize>zeros);
      entries += <usize>n;
    }
    length = successor(list, length, n);
  }
}
