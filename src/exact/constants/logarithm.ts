/** Natural logarithms: of 2 once per precision, of rational numbers by a series near 1, of an enclosure from its exponential. */
import { InputError } from "../../backends/contract.js";
import { bitLength } from "../integers/limbs.js";
import { formatRational, type Rational, rational } from "../rational.js";
import { sumSeries } from "./binary-splitting.js";
import { type Enclosure, enclose, rescale } from "./enclosure.js";
import { exponentialOfInterval } from "./exponential.js";
import {
  addIntervals,
  divideIntervals,
  NotSeparated,
  scaleInterval,
  squareInterval,
  subtractIntervals,
} from "./interval.js";
import { type Real, real } from "./real.js";

/** 2 artanh(num/den), 2|num| < den, from sum 2 x^(2n+1) / (2n+1): every term is less than a quarter of the one before. */
function doubleArtanh({ num, den }: Rational, bits: number): Enclosure {
  if (num === 0n) return { lo: 0n, hi: 0n, bits };
  return sumSeries(
    {
      p: (n) => (n === 0 ? 2n * num : num * num),
      q: (n) => (n === 0 ? den : den * den),
      b: (n) => BigInt(2 * n + 1),
      halvingFrom: 1,
    },
    bits,
  );
}

const two = real("log(2)", "\\ln 2", (bits) => {
  // log 2 = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749).
  const term = (factor: bigint, den: bigint) =>
    scaleInterval(doubleArtanh({ num: 1n, den }, bits), { num: factor, den: 1n });
  return addIntervals(subtractIntervals(term(9n, 26n), term(1n, 4801n)), term(4n, 8749n));
});

/** An enclosure of log 2. */
export function logTwo(bits: number): Enclosure {
  return two.enclose(bits);
}

/** An enclosure of log(num/den): k log 2 + log m with m = x / 2^k from 1/sqrt 2 to sqrt 2. */
export function logarithmOfRational({ num, den }: Rational, bits: number): Enclosure {
  if (num <= 0n) throw new InputError("log", "x", "is not positive");
  let k = bitLength(num) - bitLength(den);
  const scaled = (shift: number): [bigint, bigint] => [
    num << BigInt(Math.max(0, -shift)),
    den << BigInt(Math.max(0, shift)),
  ];
  // m^2 <= 2, so that |m - 1| / (m + 1) < 1/5; m is between 1/2 and 2 before.
  let [n, d] = scaled(k);
  if (n * n > 2n * d * d) [n, d] = scaled(++k);
  else if (2n * n * n < d * d) [n, d] = scaled(--k);
  const near = doubleArtanh(rational(n - d, n + d), bits);
  return k === 0 ? near : addIntervals(near, scaleInterval(logTwo(bits), { num: BigInt(k), den: 1n }));
}

/**
 * An enclosure of log x for every number of an enclosure. y, good to half of the bits, leaves
 * log x = y + log(x e^-y), whose argument is 1 + d with a small d, and |log(1 + d) - d| <= d^2 for |d| <= 1/2.
 */
export function logarithmOfInterval(x: Enclosure): Enclosure {
  const { bits } = x;
  if (x.hi <= 0n) throw new InputError("log", "x", "is not positive");
  if (x.lo <= 0n || x.hi > 2n * x.lo) throw new NotSeparated("log", "x", "may be 0 or is known too coarsely");
  if (bits <= 128) {
    const [low, high] = [x.lo, x.hi].map((end) => logarithmOfRational(rational(end, 1n << BigInt(bits)), bits));
    return { lo: (low as Enclosure).lo, hi: (high as Enclosure).hi, bits };
  }
  // The leading bits of x, so that a small x has as many of them as a large one.
  const size = bitLength(x.lo) - bits;
  const half = (bits >> 1) + 16 + Math.abs(size);
  const start = logarithmOfInterval(rescale(x, half));
  const y = { lo: start.lo << BigInt(bits - half), hi: start.lo << BigInt(bits - half), bits };
  const one = enclose(rational(1n), bits);
  const d = subtractIntervals(divideIntervals(x, exponentialOfInterval(y)), one);
  if (2n * d.lo < -one.lo || 2n * d.hi > one.lo) throw new NotSeparated("log", "x", "is known too coarsely");
  const error = squareInterval(d).hi;
  return addIntervals(y, { lo: d.lo - error, hi: d.hi + error, bits });
}

/** log x for a positive rational x. @throws InputError otherwise */
export function logarithm(x: Rational): Real {
  if (x.num <= 0n) throw new InputError("log", "x", `is ${formatRational(x)}, expected a positive number`);
  const text = formatRational(x);
  return real(`log(${text})`, x.den === 1n ? `\\ln ${text}` : `\\ln(${text})`, (bits) => logarithmOfRational(x, bits));
}
