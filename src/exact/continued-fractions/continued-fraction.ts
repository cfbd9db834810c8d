/**
 * Finite continued fractions a0 + b0/(a1 + b1/(a2 + ...)) of integers: b[n] stands under a[n] (numerators are counted from 0, as
 * in searches of signed fractions; a polynomial fraction calls the same number b(n + 1)).
 */
import { InputError } from "../../backends/contract.js";
import { type Rational, rational } from "../rational.js";

export interface ContinuedFraction {
  readonly a: readonly bigint[];
  /** One fewer than a; none is 0. */
  readonly b: readonly bigint[];
}

/** With numerators of 1 unless given. @throws InputError for no terms, a wrong number of numerators or one that is 0 */
export function continuedFraction(a: readonly bigint[], b?: readonly bigint[]): ContinuedFraction {
  const numerators = b ?? a.slice(1).map(() => 1n);
  if (a.length === 0) throw new InputError("continuedFraction", "a", "is empty");
  if (![...a, ...numerators].every((x) => typeof x === "bigint"))
    throw new InputError("continuedFraction", "a", "and b must be bigints");
  if (numerators.length !== a.length - 1)
    throw new InputError("continuedFraction", "b", `has length ${numerators.length}, expected ${a.length - 1}`);
  if (numerators.includes(0n)) throw new InputError("continuedFraction", "b", "has a 0");
  return { a: [...a], b: numerators };
}

/** p_n, q_n of a fraction, not reduced: u_n = a_n u_(n-1) + b_(n-1) u_(n-2). */
export interface Convergent {
  readonly p: bigint;
  readonly q: bigint;
}

/** All convergents, the first being a0/1. A q of 0 is the point at infinity. */
export function convergents({ a, b }: ContinuedFraction): Convergent[] {
  let [before, last]: Convergent[] = [
    { p: 0n, q: 1n },
    { p: 1n, q: 0n },
  ] as [Convergent, Convergent];
  return a.map((term, n) => {
    const numerator = n === 0 ? 1n : (b[n - 1] as bigint);
    const next = {
      p: term * (last as Convergent).p + numerator * (before as Convergent).p,
      q: term * (last as Convergent).q + numerator * (before as Convergent).q,
    };
    [before, last] = [last, next];
    return next;
  });
}

/** The exact value, or undefined when it is infinite. */
export function exactValue(fraction: ContinuedFraction): Rational | undefined {
  const { p, q } = convergents(fraction).at(-1) as Convergent;
  return q === 0n ? undefined : rational(p, q);
}
