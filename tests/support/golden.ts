/** The portable generators and the checksums by which published numbers of the recurrences are stated. */
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

/** The other generator: (((a i + b) mod m) - floor((m - 1) / 2)) / den for i < size. */
export function gen(size: number, a: number, b: number, m: number, den = 8): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => (((a * i + b) % m) - Math.floor((m - 1) / 2)) / den);
}

/** Compares with what is printed of an array made with `gen`: [sum, l2, sum of x_i cos(i / 10), max |x|], as many as there are. */
export function expectWaveSums(
  values: ArrayLike<number>,
  row: readonly number[],
  label: string,
  relative = 1e-6,
): void {
  const x = Array.from(values);
  const l2 = Math.sqrt(x.reduce((total, y) => total + y * y, 0));
  const wave = x.reduce((total, y, i) => total + y * Math.cos(0.1 * i), 0);
  const sums = [x.reduce((total, y) => total + y, 0), l2, wave, x.reduce((most, y) => Math.max(most, Math.abs(y)), 0)];
  // A sum of n terms that are each off by the allowed share of their rms is off by sqrt(n) times as much.
  const allowed = relative * l2 * Math.sqrt(x.length);
  row.forEach((expected, i) => {
    const what = ["sum", "l2", "wave", "max"][i];
    expect(Math.abs((sums[i] as number) - expected), `${what} of ${label}`).toBeLessThanOrEqual(allowed);
  });
}

/** Root of sum (x - reference)^2 / sum reference^2, with a floor for a reference of next to nothing. */
export function rmsRatio(x: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(x.length).toBe(reference.length);
  let [error, size] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    error += ((x[i] as number) - (reference[i] as number)) ** 2;
    size += (reference[i] as number) ** 2;
  }
  const count = Math.max(1, reference.length);
  return Math.sqrt(error / count) / (Math.sqrt(size / count) + 1e-8);
}
