/** Numbers of which only some digits are known, as people paste them. */
import { InputError } from "../../backends/contract.js";
import { type Rational, rational } from "../rational.js";
import { bounds, type Enclosure, enclose } from "./enclosure.js";
import type { Real } from "./real.js";

export interface UserDigits extends Real {
  readonly knownBits: number;
  /** Digits from the first that is not 0. */
  readonly significantDigits: number;
  /** Digits after the point. */
  readonly decimals: number;
  /** What the text says if it is the whole number, not the beginning of one. */
  readonly asWritten: Rational;
}

/**
 * "1.2020569", "-0.5772...", "3.14159…": a number within one unit of the last digit on either side, so that it holds what was
 * cut off and what was rounded. @throws InputError for anything but digits with at most one sign and point
 */
export function userDigits(text: string): UserDigits {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*?))?(?:\.\.\.|…)?\s*$/.exec(text);
  const [, sign, whole = "", fraction = ""] = match ?? [];
  if (!match || whole + fraction === "")
    throw new InputError("userDigits", "text", `is ${JSON.stringify(text)}, expected decimal digits`);
  const scale = 10n ** BigInt(fraction.length);
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const [low, high] = [rational(digits - 1n, scale), rational(digits + 1n, scale)];
  const name = `${sign === "-" ? "-" : ""}${whole || "0"}${fraction && `.${fraction}`}`;
  return {
    name,
    latex: `${name}\\ldots`,
    knownBits: Math.max(0, Math.floor(fraction.length * Math.log2(10)) - 1),
    significantDigits: (whole + fraction).replace(/^0+/, "").length,
    decimals: fraction.length,
    asWritten: rational(digits, scale),
    enclose: (bits) => ({ lo: enclose(low, bits).lo, hi: enclose(high, bits).hi, bits }),
  };
}

/** A real number of which an enclosure is all that is known. */
export function realFromEnclosure(name: string, x: Enclosure): Real {
  const ends = bounds(x);
  const width = x.hi - x.lo;
  const knownBits = Math.max(0, x.bits - (width <= 1n ? 0 : width.toString(2).length));
  return {
    name,
    latex: name,
    knownBits,
    enclose: (bits) => ({ lo: enclose(ends.lo, bits).lo, hi: enclose(ends.hi, bits).hi, bits }),
  };
}
