/** The portable generator and the checksums by which published numbers of the recurrences are stated. */
import { expect } from "vitest";

/** An unsigned 32-bit hash of an index and a seed (the finaliser of MurmurHash3 by Appleby). */
export function goldenHash(n: number, seed: number): number {
  let u = (n + Math.imul(seed, 0x9e3779b9)) >>> 0;
  u = Math.imul(u ^ (u >>> 16), 0x85ebca6b) >>> 0;
  u = Math.imul(u ^ (u >>> 13), 0xc2b2ae35) >>> 0;
  return (u ^ (u >>> 16)) >>> 0;
}

/** Row-major values of [-1, 1). */
export function goldenValues(size: number, seed: number): Float64Array {
  return Float64Array.from({ length: size }, (_, n) => (goldenHash(n, seed) / 2 ** 32) * 2 - 1);
}

/** Letters 0 .. m - 1. */
export function goldenLetters(size: number, seed: number, m: number): Int32Array {
  return Int32Array.from({ length: size }, (_, n) => Math.floor((goldenHash(n, seed) * m) / 2 ** 32));
}

export interface Checksums {
  readonly sum: number;
  /** Of squares. */
  readonly sq: number;
  /** Dot product with goldenValues(size, 99). */
  readonly proj: number;
}

export function checksumsOf(values: ArrayLike<number>): Checksums {
  const weights = goldenValues(values.length, 99);
  const result = { sum: 0, sq: 0, proj: 0 };
  weights.forEach((weight, n) => {
    const x = values[n] as number;
    result.sum += x;
    result.sq += x * x;
    result.proj += x * weight;
  });
  return result;
}

/**
 * Compares with a row "sum / sq / proj" of a table.
 * @param relative to the root of sq: 1e-5 for an f32 engine
 */
export function expectChecksums(values: ArrayLike<number>, row: string, label: string, relative = 1e-5): void {
  const [sum, sq, proj] = row.split("/").map(Number) as [number, number, number];
  const actual = checksumsOf(values);
  const size = Math.sqrt(sq);
  // The digits of the table end at 1e-9; squares are off by twice the size times the error.
  const within = (x: number, y: number, allowed: number, what: string) =>
    expect(Math.abs(x - y), `${what} of ${label}: ${x}, expected ${y}`).toBeLessThanOrEqual(allowed + 1e-9);
  within(actual.sum, sum, relative * size, "sum");
  within(actual.sq, sq, 2 * relative * sq, "sum of squares");
  within(actual.proj, proj, relative * size, "projection");
}

/** Compares with printed digits, element by element. */
export function expectDigits(
  values: ArrayLike<number>,
  digits: readonly number[],
  label: string,
  absolute: number,
): void {
  expect(values.length, label).toBe(digits.length);
  digits.forEach((x, i) => {
    expect(Math.abs((values[i] as number) - x), `[${i}] of ${label}`).toBeLessThanOrEqual(absolute);
  });
}
