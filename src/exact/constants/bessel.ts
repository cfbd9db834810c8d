/** Bessel functions I and J of whole order at rational points, and the ratios of neighbours of any positive rational order. */
import { InputError } from "../../backends/contract.js";
import { add, formatRational, multiply, negate, type Rational, rational } from "../rational.js";
import { sumSeries } from "./binary-splitting.js";
import type { Enclosure } from "./enclosure.js";
import { divideIntervals, scaleInterval } from "./interval.js";
import { type Real, real } from "./real.js";

/** I: modified, J: of the first kind. */
export type BesselKind = "I" | "J";

/** 0F1(; c; z) = sum z^n / (n! c (c+1) ... (c+n-1)), c > 0. */
function confluent(c: Rational, z: Rational, bits: number): Enclosure {
  const size = z.num < 0n ? -z.num : z.num;
  return sumSeries(
    {
      p: (n) => (n === 0 ? 1n : z.num * c.den),
      q: (n) => (n === 0 ? 1n : BigInt(n) * (c.num + BigInt(n - 1) * c.den) * z.den),
      // n (c + n - 1) > n (n - 1) >= 2 |z| from n = 2|z| + 2 on.
      halvingFrom: Number((2n * size) / z.den) + 3,
    },
    bits,
  );
}

/** x^2/4, with the sign that makes the series that of the kind. */
function argument(kind: BesselKind, x: Rational): Rational {
  const quarter = multiply(multiply(x, x), rational(1n, 4n));
  return kind === "I" ? quarter : negate(quarter);
}

/** I_order(x) or J_order(x). @throws InputError unless order is an integer from 0 to 10,000 */
export function bessel(kind: BesselKind, order: number, x: Rational): Real {
  if (!Number.isInteger(order) || order < 0 || order > 10_000)
    throw new InputError("bessel", "order", `is ${order}, expected an integer from 0 to 10,000`);
  let factor = rational(1n);
  for (let i = 1n; i <= BigInt(order); i++) factor = multiply(factor, rational(x.num, 2n * x.den * i));
  const text = formatRational(x);
  const compute = (bits: number): Enclosure =>
    scaleInterval(confluent(rational(order + 1), argument(kind, x), bits), factor);
  return real(`${kind}${order}(${text})`, `${kind}_{${order}}(${text})`, compute);
}

/**
 * I_(order-1)(x) / I_order(x) or the same of J, order > 0 rational, x != 0: the simple continued fractions
 * [A, A+d, A+2d, ...] (J: with minus signs) are the ratios of order A/d at 2/d (Lehmer 1973).
 */
export function besselRatio(kind: BesselKind, order: Rational, x: Rational): Real {
  if (order.num <= 0n) throw new InputError("besselRatio", "order", `is ${formatRational(order)}, expected > 0`);
  if (x.num === 0n) throw new InputError("besselRatio", "x", "is 0");
  const z = argument(kind, x);
  const factor = rational(2n * order.num * x.den, order.den * x.num);
  const [lower, upper] = [formatRational(add(order, rational(-1n))), formatRational(order)];
  const text = formatRational(x);
  return real(
    `${kind}ratio(${upper},${text})`,
    `\\frac{${kind}_{${lower}}(${text})}{${kind}_{${upper}}(${text})}`,
    (bits) => {
      const [above, below] = [confluent(order, z, bits), confluent(add(order, rational(1n)), z, bits)];
      return scaleInterval(divideIntervals(above, below), factor);
    },
  );
}
