/** PSLQ (Ferguson and Bailey) in fixed-point integers: the same steps and the same relation on every machine. */
import type { Enclosure } from "./constants/enclosure.js";
import { isqrt } from "./integers/roots.js";
import { roundDivide } from "./rational.js";
import { largestOf, mayVanish, normalized, obstacle, type Relation, type RelationOptions } from "./relations.js";

/** Bits beyond those of the values, in which rounding may collect: more than ten digits. */
const guardBits = 64;

/**
 * An integer relation among the values, or the reason for none.
 * @example pslq([pi, atan(1/5), atan(1/239)]) // coefficients -1, 16, -4 up to sign
 */
export function pslq(values: readonly Enclosure[], options: RelationOptions = {}): Relation {
  const reason = obstacle("pslq", values);
  if (reason) return { reason };
  const most = options.maxCoefficient ?? 1000n;
  const steps = options.maxSteps ?? 10_000;
  const state = new State(values);
  for (let step = 0; step <= steps; step++) {
    const found = state.candidates().find((c) => mayVanish(c, values));
    if (found)
      return largestOf(found) <= most
        ? { coefficients: found }
        : { reason: `the relation found has a coefficient above ${most}` };
    if (state.exceeds(most)) return { reason: `no relation with coefficients up to ${most}` };
    if (!state.exchange()) return { reason: "the precision is used up" };
  }
  return { reason: `no relation within ${steps} steps` };
}

class State {
  readonly #n: number;
  readonly #shift: bigint;
  readonly #y: bigint[];
  readonly #h: bigint[][];
  /** Columns of the matrix whose column j is a relation when y[j] = 0. */
  readonly #columns: bigint[][];

  constructor(values: readonly Enclosure[]) {
    const n = (this.#n = values.length);
    const shift = (this.#shift = BigInt((values[0] as Enclosure).bits + guardBits));
    const x = values.map(({ lo, hi }) => ((lo + hi) << BigInt(guardBits)) >> 1n);
    const norms = x.map((_, k) => isqrt(x.slice(k).reduce((sum, v) => sum + v * v, 0n)));
    const total = norms[0] as bigint;
    this.#y = x.map((v) => (v << shift) / total);
    const s = norms.map((v) => (v << shift) / total);
    this.#h = x.map((_, i) =>
      Array.from({ length: n - 1 }, (_, j) => {
        if (i < j) return 0n;
        if (i === j) return ((s[j + 1] as bigint) << shift) / (s[j] as bigint);
        return (
          -(((this.#y[i] as bigint) * (this.#y[j] as bigint)) << shift) / ((s[j] as bigint) * (s[j + 1] as bigint))
        );
      }),
    );
    this.#columns = x.map((_, j) => x.map((_, i) => (i === j ? 1n : 0n)));
    this.#reduce(1, n - 2);
  }

  /** The column of the smallest y, in its one form. */
  candidates(): bigint[][] {
    let best = 0;
    for (const [j, y] of this.#y.entries()) if (size(y) < size(this.#y[best] as bigint)) best = j;
    return [normalized(this.#columns[best] as bigint[])];
  }

  /** Every relation has norm at least 1 / max |H_jj|: whether that is above most sqrt(n). */
  exceeds(most: bigint): boolean {
    const diagonal = largestOf(this.#h.slice(0, -1).map((row, j) => row[j] as bigint));
    return diagonal !== 0n && 1n << (2n * this.#shift) > most * most * BigInt(this.#n) * diagonal * diagonal;
  }

  /** One step; false when the numbers at hand have lost their digits. */
  exchange(): boolean {
    const [h, y, shift] = [this.#h, this.#y, this.#shift];
    // r maximises (4/3)^(r/2) |H_rr|: compared by squares, in integers.
    const weight = (r: number): bigint =>
      4n ** BigInt(r) * 3n ** BigInt(this.#n - r) * ((h[r] as bigint[])[r] as bigint) ** 2n;
    let r = 0;
    for (let k = 1; k < this.#n - 1; k++) if (weight(k) > weight(r)) r = k;
    swap(y, r);
    swap(h, r);
    swap(this.#columns, r);
    if (r < this.#n - 2) {
      const row = h[r] as bigint[];
      const [a, b] = [row[r] as bigint, row[r + 1] as bigint];
      const length = isqrt(a * a + b * b);
      if (length === 0n) return false;
      const [c, s] = [(a << shift) / length, (b << shift) / length];
      for (const line of h.slice(r)) {
        const [p, q] = [line[r] as bigint, line[r + 1] as bigint];
        line[r] = (c * p + s * q) >> shift;
        line[r + 1] = (c * q - s * p) >> shift;
      }
    }
    return this.#reduce(r + 1, r + 1);
  }

  #reduce(from: number, last: number): boolean {
    const [h, y, columns] = [this.#h, this.#y, this.#columns];
    for (let i = from; i < this.#n; i++) {
      const row = h[i] as bigint[];
      for (let j = Math.min(i - 1, last); j >= 0; j--) {
        const other = h[j] as bigint[];
        const diagonal = other[j] as bigint;
        if (diagonal === 0n) return false;
        const t = diagonal > 0n ? roundDivide(row[j] as bigint, diagonal) : roundDivide(-(row[j] as bigint), -diagonal);
        if (t === 0n) continue;
        y[j] = (y[j] as bigint) + t * (y[i] as bigint);
        for (let k = 0; k <= j; k++) row[k] = (row[k] as bigint) - t * (other[k] as bigint);
        const [target, source] = [columns[j] as bigint[], columns[i] as bigint[]];
        for (let k = 0; k < this.#n; k++) target[k] = (target[k] as bigint) + t * (source[k] as bigint);
      }
    }
    return true;
  }
}

function swap<T>(list: T[], r: number): void {
  [list[r], list[r + 1]] = [list[r + 1] as T, list[r] as T];
}

const size = (x: bigint): bigint => (x < 0n ? -x : x);
