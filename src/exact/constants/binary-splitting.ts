/**
 * Sums of hypergeometric terms by binary splitting, with a certified remainder.
 *
 *   S = sum over n >= 0 of  a(n)/b(n) * p(0)...p(n) / (q(0)...q(n))
 *
 * The first N terms are one exact fraction, whose numerator and denominator are made of products of halves, so that long
 * multiplications do the work. The rest is bounded by the first term left out, which the products hold exactly.
 */
import { bitLength } from "../integers/limbs.js";
import { floorDivide } from "../rational.js";
import type { Enclosure } from "./enclosure.js";

export interface Series {
  p(n: number): bigint;
  q(n: number): bigint;
  /** Default 1. */
  a?(n: number): bigint;
  /** Default 1. */
  b?(n: number): bigint;
  /** From this index on every term is at most half of the one before it in absolute value. The proof is the caller's. */
  halvingFrom: number;
}

interface Part {
  readonly p: bigint;
  readonly q: bigint;
  readonly b: bigint;
  readonly t: bigint;
}

/** An enclosure of S over 2^bits, a few units wide. */
export function sumSeries(series: Series, bits: number): Enclosure {
  for (let terms = likelyTerms(series, bits); ; terms += 8 + (terms >> 3)) {
    const { p, q, b, t } = split(series, 0, terms);
    // |first term left out| < 2^size; the terms at least halve, so the remainder is below twice that.
    const next = (series.a?.(terms) ?? 1n) * p * series.p(terms);
    const size = bitLength(next) - bitLength((series.b?.(terms) ?? 1n) * q * series.q(terms)) + 1;
    if (next !== 0n && size + 1 > -bits) continue;
    const den = b * q;
    const lo = den < 0n ? floorDivide(-t << BigInt(bits), -den) : floorDivide(t << BigInt(bits), den);
    return { lo: lo - 1n, hi: lo + 2n, bits };
  }
}

/** How many terms are likely to be enough: p/q alone, in floating point. A wrong guess costs time, not truth. */
function likelyTerms(series: Series, bits: number): number {
  let size = 0;
  let n = 0;
  while (n < series.halvingFrom || size > -bits) {
    size += Math.log2(Math.abs(Number(series.p(n)) / Number(series.q(n))));
    n++;
  }
  return n + 1;
}

function split(series: Series, from: number, to: number): Part {
  if (to - from === 1) {
    const p = series.p(from);
    return { p, q: series.q(from), b: series.b?.(from) ?? 1n, t: (series.a?.(from) ?? 1n) * p };
  }
  const middle = (from + to) >> 1;
  const [left, right] = [split(series, from, middle), split(series, middle, to)];
  const near = right.q * left.t;
  const far = left.p * right.t;
  return {
    p: left.p * right.p,
    q: left.q * right.q,
    b: left.b * right.b,
    t: series.b ? right.b * near + left.b * far : near + far,
  };
}
