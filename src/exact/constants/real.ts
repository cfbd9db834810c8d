/**
 * Real numbers that can be enclosed as tightly as asked (or as tightly as is known of them). The same call gives the same
 * enclosure on every machine and whatever was asked before: results built on them are reproducible to the byte.
 */
import { InputError } from "../../backends/contract.js";
import type { Rational } from "../rational.js";
import { certifiedDecimals, checkedBits, type Enclosure, rescale } from "./enclosure.js";
import { NotSeparated } from "./interval.js";

export interface Real {
  /** As the expression parser reads it, where it can: "zeta(3)". */
  readonly name: string;
  readonly latex: string;
  /** Bits after the point beyond which nothing is known; absent when any number can be had. */
  readonly knownBits?: number;
  /** The number itself, when it is rational by its form: "3/4", "sqrt(2)^0". */
  readonly exact?: Rational;
  /**
   * An enclosure over 2^bits, at most two units wide as long as bits <= knownBits.
   * @throws InputError when the number does not exist, or bits is no integer from 0 to 2^28
   */
  enclose(bits: number): Enclosure;
}

/** Bits for so many decimal digits: ceil(digits log2(10)). */
export function bitsForDigits(digits: number): number {
  return Math.ceil(digits * Math.log2(10));
}

/** A Real from a computation with `bits` after the point whose width shrinks as the bits grow. Keeps its last results. */
export function real(name: string, latex: string, compute: (workingBits: number) => Enclosure): Real {
  const kept = new Map<number, Enclosure>();
  return {
    name,
    latex,
    enclose(bits) {
      let result = kept.get(bits);
      if (!result) {
        result = refine(name, bits, compute);
        kept.set(bits, result);
        if (kept.size > 4) kept.delete(kept.keys().next().value as number);
      }
      return result;
    },
  };
}

/** Repeats `compute` with more and more guard bits until its enclosure is at most two units of 2^-bits wide. */
export function refine(name: string, bits: number, compute: (workingBits: number) => Enclosure): Enclosure {
  checkedBits(bits);
  let problem: NotSeparated | undefined;
  for (let guard = 32; guard <= 8192 + 4 * bits; guard *= 2) {
    try {
      const fine = compute(bits + guard);
      const result = rescale(fine, bits);
      if (result.hi - result.lo <= 2n) return result;
    } catch (error) {
      if (!(error instanceof NotSeparated)) throw error;
      problem = error;
    }
  }
  throw new InputError("enclose", name, problem ? `cannot be computed: ${problem.message}` : "does not converge", {
    cause: problem,
  });
}

/**
 * The first `digits` decimals of a real number, cut off, not rounded; every one is certain.
 * @throws InputError when fewer are known, or when the number is so close to a short decimal that none can be certain
 */
export function decimals(x: Real, digits: number): string {
  if (!Number.isInteger(digits) || digits < 0)
    throw new InputError("decimals", "digits", `is ${digits}, expected a non-negative integer`);
  const bits = bitsForDigits(digits);
  for (let guard = 16; guard <= 1024; guard *= 4) {
    if (x.knownBits !== undefined && bits + guard > x.knownBits) break;
    const text = certifiedDecimals(x.enclose(bits + guard), digits);
    if (text !== undefined) return text;
  }
  const most = x.knownBits === undefined ? undefined : certifiedDecimals(x.enclose(x.knownBits), digits);
  if (most !== undefined) return most;
  throw new InputError("decimals", "digits", `is ${digits}, but ${x.name} is not known to that many`);
}
