// Random words from Threefry-2x32-20 (Salmon, Moraes, Dror and Shaw 2011): 20 rounds of add, rotate and xor turn a counter
// of two words and a key of two words into two random words. Element e of a stream is word e & 1 of counter e >> 1, so any
// part of a stream can be made on its own, anywhere.

const PARITY: i32 = 0x1bd11bda;

// @ts-ignore: decorator
@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));
}

/** 8 words at dst: those of the counters (low, high) of four lanes, in the order of the lanes. */
// @ts-ignore: decorator
@inline
function eightWords(dst: usize, low: v128, high: v128, key0: i32, key1: i32): void {
  const key2 = key0 ^ key1 ^ PARITY;
  let x = i32x4.add(low, i32x4.splat(key0));
  let y = i32x4.add(high, i32x4.splat(key1));
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 13), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 15), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 26), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 6), x);
  x = i32x4.add(x, i32x4.splat(key1));
  y = i32x4.add(y, i32x4.splat(key2 + 1));
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 17), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 29), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 16), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 24), x);
  x = i32x4.add(x, i32x4.splat(key2));
  y = i32x4.add(y, i32x4.splat(key0 + 2));
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 13), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 15), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 26), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 6), x);
  x = i32x4.add(x, i32x4.splat(key0));
  y = i32x4.add(y, i32x4.splat(key1 + 3));
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 17), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 29), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 16), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 24), x);
  x = i32x4.add(x, i32x4.splat(key1));
  y = i32x4.add(y, i32x4.splat(key2 + 4));
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 13), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 15), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 26), x);
  x = i32x4.add(x, y);
  y = v128.xor(rotate(y, 6), x);
  x = i32x4.add(x, i32x4.splat(key2));
  y = i32x4.add(y, i32x4.splat(key0 + 5));
  v128.store(dst, i32x4.shuffle(x, y, 0, 4, 1, 5));
  v128.store(dst, i32x4.shuffle(x, y, 2, 6, 3, 7), 16);
}

/**
 * `pairs` pairs of words at dst, for the counters from (low, high) on, low first; dst has room for a multiple of 4 pairs.
 */
export function threefry(dst: usize, pairs: i32, low: i32, high: i32, key0: i32, key1: i32): void {
  for (let i = 0; i < pairs; i += 4) {
    const counters = i32x4.add(i32x4.splat(low + i), i32x4(0, 1, 2, 3));
    const carry = i32x4.lt_u(counters, i32x4.splat(low));
    eightWords(dst, counters, i32x4.sub(i32x4.splat(high), carry), key0, key1);
    dst += 32;
  }
}
