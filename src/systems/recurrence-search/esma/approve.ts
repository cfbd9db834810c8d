/** Approval: a formula's value against digits of the constant that no term was taken from, and how fast it converges. */
import { expandRecurrence } from "../massey/lfsr.js";
import type { LinearRecurrence } from "../massey/linear-recurrence.js";
import type { PositiveFraction } from "./partial-quotients.js";
import type { SignWord } from "./sign-words.js";

const mostTerms = 20000;

export interface ApprovalInput {
  readonly recurrence: LinearRecurrence;
  /** The first terms, at least recurrence.complexity of them. */
  readonly terms: readonly bigint[];
  readonly signs: SignWord;
}

/**
 * Whether the formula is within 10^-digits of every number from lo to hi. Terms are made by the recurrence until the
 * convergents' denominators q_n q_(n+1) pass 10^(digits + 10), at most 20,000.
 */
export function approved(
  { recurrence, terms, signs }: ApprovalInput,
  { lo, hi }: { lo: PositiveFraction; hi: PositiveFraction },
  digits: number,
): boolean {
  const enough = 10n ** BigInt(digits + 10);
  const { num, den } = lastConvergent(recurrence, terms, signs, enough);
  if (den === 0n) return false;
  const scale = 10n ** BigInt(digits);
  const size = (x: bigint) => (x < 0n ? -x : x);
  return [lo, hi].every((x) => size(num * x.den - den * x.num) * scale < size(den * x.den));
}

function lastConvergent(recurrence: LinearRecurrence, terms: readonly bigint[], signs: SignWord, enough: bigint) {
  const initial = terms.slice(0, recurrence.complexity);
  let made = expandRecurrence(recurrence, initial, 128);
  let [p0, q0, p1, q1] = [1n, 0n, made[0] as bigint, 1n];
  for (let n = 1; n < mostTerms; n++) {
    if (n === made.length) made = expandRecurrence(recurrence, initial, 2 * n);
    const a = made[n] as bigint;
    const b = BigInt(signs[(n - 1) % signs.length] as number);
    [p0, q0, p1, q1] = [p1, q1, a * p1 + b * p0, a * q1 + b * q0];
    const product = q0 * q1;
    if (product > enough || -product > enough) break;
  }
  return { num: p1, den: q1 };
}

/**
 * Decimal digits per term: -2 (e_(m-1) - e_(m/2)) / m with e_i = log10 |p_i/q_i - x| and m = 200 terms. It grows with m where
 * the terms grow.
 */
export function convergenceRate({ recurrence, terms, signs }: ApprovalInput, x: PositiveFraction): number {
  const made = expandRecurrence(recurrence, terms.slice(0, recurrence.complexity), 200);
  const m = made.length;
  const errors = new Map<number, number>();
  let [p0, q0, p1, q1] = [1n, 0n, made[0] as bigint, 1n];
  for (let n = 1; n < m; n++) {
    const b = BigInt(signs[(n - 1) % signs.length] as number);
    [p0, q0, p1, q1] = [p1, q1, (made[n] as bigint) * p1 + b * p0, (made[n] as bigint) * q1 + b * q0];
    if (n === m >> 1 || n === m - 1) errors.set(n, log10(p1 * x.den - q1 * x.num) - log10(q1) - log10(x.den));
  }
  return (-2 * ((errors.get(m - 1) as number) - (errors.get(m >> 1) as number))) / m;
}

/** log10 |n|, to double precision. */
function log10(n: bigint): number {
  const text = (n < 0n ? -n : n).toString(16);
  const kept = Math.min(13, text.length);
  return Math.log10(Number.parseInt(text.slice(0, kept), 16)) + (text.length - kept) * Math.log10(16);
}
