/**
 * Gosper's algorithm (T8): the simple continued fraction of (p x + q)/(r x + s) from the terms of x, one after another. With the
 * identity it makes a signed fraction simple (T9).
 */
import { InputError } from "../../backends/contract.js";
import { floorDivide } from "../rational.js";
import type { ContinuedFraction } from "./continued-fraction.js";

/** A term and the numerator under it; the last term of a finite fraction has none. */
export interface SignedTerm {
  readonly a: bigint;
  /** 1 or -1. */
  readonly b?: bigint;
}

export interface Moebius {
  readonly p: bigint;
  readonly q: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

export const identityMoebius: Moebius = { p: 1n, q: 0n, r: 0n, s: 1n };

/**
 * Terms as soon as they are certain. Every term after the first must be at least 1, and at least 2 over a numerator of -1, so
 * that what follows any term is at least 1. A finite x ends the result, in its shorter form.
 * @throws InputError for a term below that, or when p s = q r
 */
export function* transformTerms(terms: Iterable<SignedTerm>, moebius: Moebius = identityMoebius): Generator<bigint> {
  let { p, q, r, s } = moebius;
  if (p * s === q * r) throw new InputError("transformTerms", "moebius", "maps everything to one value");
  let first = true;
  for (const { a, b } of terms) {
    if (!first && a < (b === -1n ? 2n : 1n))
      throw new InputError(
        "transformTerms",
        "terms",
        `have ${a} over ${b ?? "nothing"}; remove zeros and negative terms first`,
      );
    first = false;
    if (b === undefined) {
      yield* euclid(p * a + q, r * a + s);
      return;
    }
    // x = a + b/y, 1 <= y.
    [p, q, r, s] = [p * a + q, p * b, r * a + s, r * b];
    while (r !== 0n && r + s !== 0n && r > 0n === r + s > 0n) {
      const term = floorDivide(p, r);
      if (term !== floorDivide(p + q, r + s)) break;
      yield term;
      [p, q, r, s] = [r, s, p - term * r, q - term * s];
    }
  }
}

/** The simple continued fraction of num/den; nothing for den = 0. */
export function* euclid(num: bigint, den: bigint): Generator<bigint> {
  for (let [u, v] = [num, den]; v !== 0n; ) {
    const term = floorDivide(u, v);
    yield term;
    [u, v] = [v, u - term * v];
  }
}

/** T9: the simple continued fraction with the same value, whatever the terms and signs; undefined when that is infinite. */
export function simplified(fraction: ContinuedFraction): bigint[] | undefined {
  let [p, q, before, last] = [1n, 0n, 0n, 1n];
  for (const [n, a] of fraction.a.entries()) {
    const b = n === 0 ? 1n : (fraction.b[n - 1] as bigint);
    [p, before] = [a * p + b * before, p];
    [q, last] = [a * q + b * last, q];
  }
  return q === 0n ? undefined : [...euclid(p, q)];
}
