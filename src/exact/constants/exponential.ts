/** e^x: by the series for short rational x, by halving the argument for an enclosure of any x. */
import { bitLength } from "../integers/limbs.js";
import { compare, formatRational, type Rational, rational } from "../rational.js";
import { sumSeries } from "./binary-splitting.js";
import { type Enclosure, enclose } from "./enclosure.js";
import { divideIntervals, multiplyIntervals, NotSeparated, squareInterval } from "./interval.js";
import { logTwo } from "./logarithm.js";
import { type Real, real } from "./real.js";

/** An enclosure of e^(num/den) from sum x^n / n!. Costs about |x| times more bits for a large x. */
export function exponentialOfRational({ num, den }: Rational, bits: number): Enclosure {
  const size = num < 0n ? -num : num;
  const series = {
    p: (n: number) => (n === 0 ? 1n : size),
    q: (n: number) => (n === 0 ? 1n : den * BigInt(n)),
    // x/n <= 1/2 from n = 2x on.
    halvingFrom: Number((2n * size) / den) + 1,
  };
  const sum = sumSeries(series, bits);
  // The terms of a negative argument would cancel.
  return num < 0n ? divideIntervals(enclose(rational(1n), bits), sum) : sum;
}

/**
 * An enclosure of e^x for every number of an enclosure, x.bits bits after the point. With k = round(x / log 2) and
 * r = (x - k log 2) / 2^s, e^x = 2^k (e^r)^(2^s), s about the root of the bits: as many squarings as terms.
 */
export function exponentialOfInterval(x: Enclosure): Enclosure {
  const { bits } = x;
  if (x.hi - x.lo > 1n << BigInt(bits)) throw new NotSeparated("exp", "x", "is known too coarsely");
  const two = logTwo(bits + 64);
  // Any integer near x / log 2 will do.
  const k = (x.lo << 64n) / two.lo;
  if (bitLength(k) > 20) throw new NotSeparated("exp", "x", "is too large");
  const halvings = Math.ceil(Math.sqrt(bits)) + 1;
  const guard = halvings + 2 * bitLength(BigInt(bits)) + 8 + Math.max(0, Number(k));
  const fine = bits + guard;
  const constant = logTwo(fine + 32);
  // r at the lower end of x, below by at most 2 units: |r| < 2^(1 - halvings).
  const multiple = (k * (k < 0n ? constant.lo : constant.hi)) >> 32n;
  const r = ((x.lo << BigInt(guard)) - multiple) >> BigInt(halvings);
  let power = taylor(r, fine);
  for (let i = 0; i < halvings; i++) power = squareInterval(power);
  const scaled = shiftInterval(power, k);
  // e^hi <= e^lo (1 + 2 (hi - lo)), as long as hi - lo <= 1.
  const rise = enclose(rational(2n * (x.hi - x.lo), 1n << BigInt(bits)), fine);
  const hi = scaled.hi + multiplyIntervals({ lo: scaled.hi, hi: scaled.hi, bits: fine }, rise).hi;
  return { lo: scaled.lo >> BigInt(guard), hi: -(-hi >> BigInt(guard)), bits };
}

/** e^r for r = r / 2^bits up to 4 units above, |r| <= 1/2. The k-th term, cut off, is at most 2 units off: k + 2 in all. */
function taylor(r: bigint, bits: number): Enclosure {
  let term = 1n << BigInt(bits);
  let sum = term;
  let k = 0n;
  do {
    k++;
    term = ((term * r) >> BigInt(bits)) / k;
    sum += term;
  } while (term !== 0n && term !== -1n);
  const slack = 2n * k + 16n;
  return { lo: sum - slack, hi: sum + slack, bits };
}

function shiftInterval({ lo, hi, bits }: Enclosure, k: bigint): Enclosure {
  return k >= 0n ? { lo: lo << k, hi: hi << k, bits } : { lo: lo >> -k, hi: -(-hi >> -k), bits };
}

/** e^x for a rational x; `exponential(rational(1n))` is e. */
export function exponential(x: Rational): Real {
  const one = compare(x, rational(1n)) === 0;
  const name = one ? "e" : x.den === 1n && x.num > 0n ? `e^${x.num}` : `e^(${formatRational(x)})`;
  return real(name, one ? "e" : `e^{${formatRational(x)}}`, (bits) => exponentialOfRational(x, bits));
}

export const e: Real = exponential({ num: 1n, den: 1n });
