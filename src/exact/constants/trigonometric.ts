/** Sine and cosine of rational numbers and of enclosures, and the arc tangent of rational numbers. */
import { bitLength } from "../integers/limbs.js";
import { compare, negate, type Rational, rational, reciprocal } from "../rational.js";
import { sumSeries } from "./binary-splitting.js";
import type { Enclosure } from "./enclosure.js";
import {
  addIntervals,
  multiplyIntervals,
  NotSeparated,
  scaleInterval,
  squareInterval,
  subtractIntervals,
} from "./interval.js";
import { pi } from "./pi.js";

export interface SineCosine {
  readonly sin: Enclosure;
  readonly cos: Enclosure;
}

/** Both by their series: exact sums, so that the large terms of a large argument cancel without loss. */
export function sineCosineOfRational({ num, den }: Rational, bits: number): SineCosine {
  const size = num < 0n ? -num : num;
  const series = (odd: 0 | 1): Enclosure =>
    sumSeries(
      {
        p: (n) => (n === 0 ? (odd ? num : 1n) : -num * num),
        q: (n) => (n === 0 ? (odd ? den : 1n) : BigInt(2 * n) * BigInt(2 * n - 1 + 2 * odd) * den * den),
        // x^2 / (2n (2n - 1)) <= 1/2 from n = |x| + 1 on.
        halvingFrom: Number(size / den) + 2,
      },
      bits,
    );
  return { sin: series(1), cos: series(0) };
}

/** Both for every number of an enclosure: series at x / 2^s, |x| / 2^s <= 1, then s doublings of the angle. */
export function sineCosineOfInterval(x: Enclosure): SineCosine {
  const width = x.hi - x.lo;
  const halvings = Math.max(0, bitLength(x.lo) - x.bits);
  if (halvings > 20) throw new NotSeparated("sin", "x", "is too large");
  const bits = x.bits + 2 * halvings + 16;
  let { sin, cos } = taylor(x.lo << BigInt(16 + halvings), bits);
  for (let i = 0; i < halvings; i++) {
    const product = multiplyIntervals(sin, cos);
    [sin, cos] = [addIntervals(product, product), subtractIntervals(squareInterval(cos), squareInterval(sin))];
  }
  // Neither moves more than its argument does.
  const widen = ({ lo, hi }: Enclosure): Enclosure => {
    const shift = BigInt(bits - x.bits);
    return { lo: (lo >> shift) - width, hi: -(-hi >> shift) + width, bits: x.bits };
  };
  return { sin: widen(sin), cos: widen(cos) };
}

/** Both at r / 2^bits, |r| <= 2^bits. Every term is at most 4 units off. */
function taylor(r: bigint, bits: number): SineCosine {
  const sums = [0n, 0n, 0n, 0n];
  let term = 1n << BigInt(bits);
  let k = 0;
  for (; term !== 0n && term !== -1n; k++) {
    (sums[k % 4] as bigint) += term;
    term = ((term * r) >> BigInt(bits)) / BigInt(k + 1);
  }
  const slack = BigInt(4 * k + 16);
  const around = (middle: bigint): Enclosure => ({ lo: middle - slack, hi: middle + slack, bits });
  return {
    sin: around((sums[1] as bigint) - (sums[3] as bigint)),
    cos: around((sums[0] as bigint) - (sums[2] as bigint)),
  };
}

/** atan x: sum (-1)^n x^(2n+1) / (2n+1) for |x| <= 1/2, else pi/4 - atan((1-x)/(1+x)) or pi/2 - atan(1/x). */
export function arcTangentOfRational(x: Rational, bits: number): Enclosure {
  if (x.num === 0n) return { lo: 0n, hi: 0n, bits };
  if (x.num < 0n) {
    const { lo, hi } = arcTangentOfRational(negate(x), bits);
    return { lo: -hi, hi: -lo, bits };
  }
  const turn = (parts: bigint, rest: Rational): Enclosure =>
    subtractIntervals(scaleInterval(pi.enclose(bits), rational(1n, parts)), arcTangentOfRational(rest, bits));
  if (x.num > x.den) return turn(2n, reciprocal(x));
  if (compare(x, rational(1n, 2n)) > 0) return turn(4n, rational(x.den - x.num, x.den + x.num));
  const { num, den } = x;
  return sumSeries(
    {
      p: (n) => (n === 0 ? num : -num * num),
      q: (n) => (n === 0 ? den : den * den),
      b: (n) => BigInt(2 * n + 1),
      halvingFrom: 1,
    },
    bits,
  );
}
