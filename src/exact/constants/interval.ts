/** Arithmetic on enclosures that share their `bits`; every result holds all values of the operation and is rounded outwards. */
import { InputError } from "../../backends/contract.js";
import { isqrt } from "../integers/roots.js";
import { ceilDivide, floorDivide, type Rational } from "../rational.js";
import { ascending, type Enclosure, signOf } from "./enclosure.js";

const smallest = (values: bigint[]): bigint => ascending(values)[0] as bigint;
const largest = (values: bigint[]): bigint => ascending(values).at(-1) as bigint;

export function addIntervals(x: Enclosure, y: Enclosure): Enclosure {
  return { lo: x.lo + y.lo, hi: x.hi + y.hi, bits: sharedBits(x, y) };
}

export function subtractIntervals(x: Enclosure, y: Enclosure): Enclosure {
  return { lo: x.lo - y.hi, hi: x.hi - y.lo, bits: sharedBits(x, y) };
}

export function negateInterval({ lo, hi, bits }: Enclosure): Enclosure {
  return { lo: -hi, hi: -lo, bits };
}

export function multiplyIntervals(x: Enclosure, y: Enclosure): Enclosure {
  const bits = sharedBits(x, y);
  const products = x.lo >= 0n && y.lo >= 0n ? [x.lo * y.lo, x.hi * y.hi] : corners(x, y);
  return { lo: smallest(products) >> BigInt(bits), hi: -(-largest(products) >> BigInt(bits)), bits };
}

function corners(x: Enclosure, y: Enclosure): bigint[] {
  return [x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi];
}

/** x/y. @throws NotSeparated when y may be 0 */
export function divideIntervals(x: Enclosure, y: Enclosure): Enclosure {
  const bits = sharedBits(x, y);
  if (!signOf(y)) throw new NotSeparated("divideIntervals", "y", "may be 0");
  const [a, b] = [x.lo << BigInt(bits), x.hi << BigInt(bits)];
  const ends = [y.lo, y.hi].flatMap((d) => [
    [a, d],
    [b, d],
  ]) as [bigint, bigint][];
  return {
    lo: smallest(ends.map(([n, d]) => floorDivide(n, d))),
    hi: largest(ends.map(([n, d]) => ceilDivide(n, d))),
    bits,
  };
}

/** x * num / den, with one rounding. */
export function scaleInterval({ lo, hi, bits }: Enclosure, { num, den }: Rational): Enclosure {
  const [a, b] = num < 0n ? [hi * num, lo * num] : [lo * num, hi * num];
  return { lo: floorDivide(a, den), hi: ceilDivide(b, den), bits };
}

/** x^n, n >= 0, by squaring; an even power of an interval around 0 begins at 0. */
export function powerInterval(x: Enclosure, n: number): Enclosure {
  if (n === 0) return { lo: 1n << BigInt(x.bits), hi: 1n << BigInt(x.bits), bits: x.bits };
  if (n === 1) return x;
  const half = powerInterval(x, n >> 1);
  const square = squareInterval(half);
  return n & 1 ? multiplyIntervals(square, x) : square;
}

export function squareInterval({ lo, hi, bits }: Enclosure): Enclosure {
  const shift = BigInt(bits);
  const [a, b] = [lo * lo, hi * hi];
  const [least, most] = a < b ? [a, b] : [b, a];
  return { lo: lo < 0n && hi > 0n ? 0n : least >> shift, hi: -(-most >> shift), bits };
}

/** The non-negative root of x. @throws NotSeparated when x may be negative; @throws InputError when it is */
export function squareRootInterval({ lo, hi, bits }: Enclosure): Enclosure {
  if (hi < 0n) throw new InputError("sqrt", "x", "is negative");
  if (lo < 0n) throw new NotSeparated("sqrt", "x", "may be negative");
  const shift = BigInt(bits);
  const high = hi << shift;
  const root = isqrt(high);
  return { lo: isqrt(lo << shift), hi: root * root === high ? root : root + 1n, bits };
}

/** An argument that this precision cannot tell from a singular point; more bits may. */
export class NotSeparated extends InputError {}

function sharedBits(x: Enclosure, y: Enclosure): number {
  if (x.bits !== y.bits)
    throw new InputError("interval", "y", `has ${y.bits} bits after the point, x has ${x.bits}; rescale one`);
  return x.bits;
}
