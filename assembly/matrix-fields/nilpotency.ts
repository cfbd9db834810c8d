// Which fractions of a box have nilpotent products M(1) ... M(p) modulo the primes 5, 7, ..., 29 (matrix-field sheet, section 3).
//
// A box is a range of every coefficient; a fraction is a pair (b, a) of indices into the coefficients of b and of a, each decoded
// here. `ranges` are (low, count) pairs of words, those of a before those of b. A tile is `blocks` times eight consecutive a; its
// values modulo all primes, which do not depend on b, are tabulated once for all b: 124 vectors per block at `table`.
import { STEPS, decode, nilpotent, prime, valueModulo } from "../common/nilpotent";

/** Values of the a from `first` on. coefficients: room for aTerms words. Lanes beyond the box hold what its indices wrap to. */
export function nilpotency_table(ranges: usize, terms: i32, first: i32, blocks: i32, coefficients: usize, table: usize): void {
  for (let lane = 0; lane < blocks * 8; lane++) {
    decode(ranges, terms, first + lane, coefficients);
    let at = table + <usize>(lane >> 3) * STEPS * 16 + ((lane & 7) << 1);
    for (let k = 0; k < 8; k++) {
      const p = prime(k);
      for (let n = 1; n <= p; n++, at += 16) {
        const value = valueModulo(coefficients, terms, n, p);
        store<i16>(at, <i16>(value > p >> 1 ? value - p : value));
      }
    }
  }
}

/** b(1), ..., b(p) of all primes, symmetric, as 124 half words. @returns how many primes have no n with b(n) = 0: det != 0 there */
function valuesOfB(coefficients: usize, terms: i32, values: usize): i32 {
  let rootless = 0;
  for (let k = 0; k < 8; k++) {
    const p = prime(k);
    let root = false;
    for (let n = 1; n <= p; n++, values += 2) {
      const value = valueModulo(coefficients, terms, n, p);
      root = root || value == 0;
      store<i16>(values, <i16>(value > p >> 1 ? value - p : value));
    }
    if (!root) rootless++;
  }
  return rootless;
}

/**
 * For every b of [bFirst, bFirst + bCount) and every a of a tile, one bit: at least seven of the eight products are nilpotent. Stops at a
 * second failure of all eight lanes, and before the first step when b alone has failed at two primes.
 *
 * ranges, terms: of b. scratch: 64 bytes of coefficients, then 256 of values. dst: the tile's first byte in the row of bFirst, rows
 * `stride` bytes apart; one byte per block, the first a in the lowest bit. last: which lanes of the last block are in the box, as a byte.
 */
export function nilpotency_mask(ranges: usize, terms: i32, bFirst: i32, bCount: i32, table: usize, blocks: i32, last: i32, scratch: usize, dst: usize, stride: i32): void {
  const values = scratch + 64;
  for (let b = 0; b < bCount; b++, dst += stride) {
    decode(ranges, terms, bFirst + b, scratch);
    if (valuesOfB(scratch, terms, values) > 1) {
      memory.fill(dst, 0, blocks);
      continue;
    }
    for (let block = 0; block < blocks; block++) {
      let a = table + <usize>block * STEPS * 16;
      let at = values;
      // Minus the failures of each lane.
      let failures = i16x8.splat(0);
      for (let k = 0; k < 8; k++) {
        const p = prime(k);
        failures = i16x8.add(failures, v128.not(nilpotent(a, at, p)));
        if (!v128.any_true(i16x8.ge_s(failures, i16x8.splat(-1)))) break;
        a += p << 4;
        at += p << 1;
      }
      const kept = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.ge_s(failures, i16x8.splat(-1)), i16x8.splat(0)));
      store<u8>(dst + block, block == blocks - 1 ? kept & last : kept);
    }
  }
}

/** The same without a stop: one byte per fraction, at how many of the eight primes its product is nilpotent; 8 bytes per block. */
export function nilpotency_counts(ranges: usize, terms: i32, bFirst: i32, bCount: i32, table: usize, blocks: i32, scratch: usize, dst: usize, stride: i32): void {
  const values = scratch + 64;
  for (let b = 0; b < bCount; b++, dst += stride) {
    decode(ranges, terms, bFirst + b, scratch);
    valuesOfB(scratch, terms, values);
    for (let block = 0; block < blocks; block++) {
      let a = table + <usize>block * STEPS * 16;
      let at = values;
      let count = i16x8.splat(0);
      for (let k = 0; k < 8; k++) {
        const p = prime(k);
        count = i16x8.sub(count, nilpotent(a, at, p));
        a += p << 4;
        at += p << 1;
      }
      v128.store64_lane(dst + (block << 3), i8x16.narrow_i16x8_s(count, count), 0);
    }
  }
}
