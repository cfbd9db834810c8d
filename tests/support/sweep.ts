/** Inputs that try the whole range of f32 rather than a comfortable part of it. */

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** A small deterministic generator of words (Marsaglia 2003, xorshift32). */
export function wordsFrom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Where functions end, turn or cancel: zeros, ones, limits of exp and erf, multiples of pi/2, subnormals, infinities, NaN. */
export const specialFloats: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  2,
  3,
  4,
  -4,
  0.92,
  0.9200001,
  10,
  -18,
  -20,
  -200,
  88.7,
  88.73,
  89,
  -87.4,
  -104,
  -150,
  128,
  -126,
  1e-20,
  -1e-20,
  0.70710678,
  0.7071068,
  1.4142135,
  0.9999999,
  1.0000001,
  -0.9999999,
  3.1415927,
  1.5707964,
  -0.78539819,
  6.2831855,
  1e5,
  134217728,
  1e10,
  1e22,
  3.4028235e38,
  -3.4028235e38,
  1.17549435e-38,
  1e-40,
  -1e-45,
  8388607.5,
  16777216,
  Infinity,
  -Infinity,
  Number.NaN,
];

/**
 * `count` f32: the special ones, then in turn any bit pattern, [-4, 4], [-100, 100], near 1, and multiples of pi/2.
 * @param subnormals false replaces subnormal numbers by 0.25
 */
export function sweepFloats(count: number, subnormals = true): Float32Array {
  const next = wordsFrom(1234567);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const unit = next() / 2 ** 31 - 1;
    word[0] = next();
    const kinds = [
      float[0] as number,
      unit * 4,
      unit * 100,
      1 + unit * 2 ** -(next() % 23),
      (next() % 100000) * 1.5707963267948966,
    ];
    values[i] = specialFloats[i] ?? (kinds[i % kinds.length] as number);
    if (!subnormals && Math.abs(values[i] as number) < 1.2e-38) values[i] = i < 2 ? (values[i] as number) : 0.25;
  }
  return values;
}
