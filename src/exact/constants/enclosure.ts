/**
 * Enclosures: what is known of a real number, as two integers over one power of two. Every operation rounds outwards, so
 * the number is inside whatever happens to the width; nothing here is an estimate.
 */
import { InputError } from "../../backends/contract.js";
import { bitLength } from "../integers/limbs.js";
import { ceilDivide, floorDivide, type Rational, rational } from "../rational.js";

/** A real number x with lo / 2^bits <= x <= hi / 2^bits. */
export interface Enclosure {
  readonly lo: bigint;
  readonly hi: bigint;
  /** Bits after the point: how fine the ends are, not how good the enclosure is. */
  readonly bits: number;
}

/** The tightest enclosure of num/den over 2^bits, den > 0: width 0 or 1. */
export function enclose({ num, den }: Rational, bits: number): Enclosure {
  const scaled = num << BigInt(checkedBits(bits));
  const lo = floorDivide(scaled, den);
  return { lo, hi: lo * den === scaled ? lo : lo + 1n, bits };
}

/** Both ends as rational numbers, lo <= x <= hi. */
export function bounds({ lo, hi, bits }: Enclosure): { lo: Rational; hi: Rational } {
  const scale = 1n << BigInt(bits);
  return { lo: rational(lo, scale), hi: rational(hi, scale) };
}

/** The same number over 2^bits, rounded outwards when bits get fewer. */
export function rescale(x: Enclosure, bits: number): Enclosure {
  const shift = BigInt(checkedBits(bits) - x.bits);
  if (shift >= 0n) return { lo: x.lo << shift, hi: x.hi << shift, bits };
  return { lo: x.lo >> -shift, hi: -(-x.hi >> -shift), bits };
}

/** Integers lo, hi with lo / 10^digits <= x <= hi / 10^digits. */
export function decimalBounds({ lo, hi, bits }: Enclosure, digits: number): { lo: bigint; hi: bigint } {
  const scale = 10n ** BigInt(digits);
  const den = 1n << BigInt(bits);
  return { lo: floorDivide(lo * scale, den), hi: ceilDivide(hi * scale, den) };
}

/** Whether both enclosures can hold the same number. */
export function overlaps(x: Enclosure, y: Enclosure): boolean {
  const bits = Math.max(x.bits, y.bits);
  const [a, b] = [rescale(x, bits), rescale(y, bits)];
  return a.lo <= b.hi && b.lo <= a.hi;
}

/** The common part. @throws InputError when there is none: one of the two is not about the same number */
export function intersect(x: Enclosure, y: Enclosure): Enclosure {
  const bits = Math.max(x.bits, y.bits);
  const [a, b] = [rescale(x, bits), rescale(y, bits)];
  const lo = ascending([a.lo, b.lo])[1] as bigint;
  const hi = ascending([a.hi, b.hi])[0] as bigint;
  if (lo > hi) throw new InputError("intersect", "y", "has no number in common with x");
  return { lo, hi, bits };
}

/** Sorted in place. */
export function ascending(values: bigint[]): bigint[] {
  return values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The sign of every number inside, or undefined when 0 is inside and is not all of it. */
export function signOf({ lo, hi }: Enclosure): -1 | 0 | 1 | undefined {
  if (lo > 0n) return 1;
  if (hi < 0n) return -1;
  return lo === 0n && hi === 0n ? 0 : undefined;
}

/** How many bits after the point the width leaves certain: hi - lo <= 2^-certainBits. Infinity for a point. */
export function certainBits({ lo, hi, bits }: Enclosure): number {
  return hi === lo ? Number.POSITIVE_INFINITY : bits - bitLength(hi - lo - 1n);
}

/** The first `digits` decimals, cut off towards zero, or undefined when the enclosure leaves one of them open. */
export function certifiedDecimals(x: Enclosure, digits: number): string | undefined {
  const negative = x.hi <= 0n && x.lo < 0n;
  const [near, far] = negative ? [-x.hi, -x.lo] : [x.lo, x.hi];
  if (near < 0n) return undefined;
  const scale = 10n ** BigInt(digits);
  const cut = (near * scale) >> BigInt(x.bits);
  if (cut !== (far * scale) >> BigInt(x.bits)) return undefined;
  const text = String(cut).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  return `${negative ? "-" : ""}${digits === 0 ? whole : `${whole}.${text.slice(-digits)}`}`;
}

/** Precision as given by a caller. @throws InputError unless it is an integer from 0 to 2^28 */
export function checkedBits(bits: number): number {
  if (!Number.isInteger(bits) || bits < 0 || bits > 2 ** 28)
    throw new InputError("enclosure", "bits", `is ${bits}, expected an integer from 0 to 2^28`);
  return bits;
}
