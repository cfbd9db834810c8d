/** Rewriting rules of continued fractions that keep the value; `i` is where the rule applies. */
import { InputError } from "../../backends/contract.js";
import { type ContinuedFraction, continuedFraction } from "./continued-fraction.js";

/** T1: a_n -> c_n a_n, b_n -> c_n c_(n+1) b_n; the value is multiplied by c_0. */
export function equivalent({ a, b }: ContinuedFraction, c: readonly bigint[]): ContinuedFraction {
  if (c.length !== a.length || c.includes(0n))
    throw new InputError("equivalent", "c", `must be ${a.length} integers other than 0`);
  return continuedFraction(
    a.map((x, n) => (c[n] as bigint) * x),
    b.map((x, n) => (c[n] as bigint) * (c[n + 1] as bigint) * x),
  );
}

/** T2: a - 1/y = (a - 1) + 1/(1 + 1/(y - 1)). */
export function minusToPlus(fraction: ContinuedFraction, i: number): ContinuedFraction {
  need("minusToPlus", fraction, i, -1n);
  const { a, b } = fraction;
  return spliced(fraction, i, [(a[i] as bigint) - 1n, 1n, (a[i + 1] as bigint) - 1n], [1n, 1n], b.slice(i + 1));
}

/** T3: a + 1/y = (a + 1) - 1/(1 + 1/(y - 1)). */
export function plusToMinus(fraction: ContinuedFraction, i: number): ContinuedFraction {
  need("plusToMinus", fraction, i, 1n);
  const { a, b } = fraction;
  return spliced(fraction, i, [(a[i] as bigint) + 1n, 1n, (a[i + 1] as bigint) - 1n], [-1n, 1n], b.slice(i + 1));
}

/** T4: a + b/(0 + b'/y) = a + (b/b') y, for b' = 1 or -1; i is the place of a. */
export function removeZero(fraction: ContinuedFraction, i: number): ContinuedFraction {
  const { a, b } = fraction;
  const [above, below] = [b[i], b[i + 1]];
  if (a[i + 1] !== 0n || above === undefined || (below !== 1n && below !== -1n))
    throw new InputError("removeZero", "i", `is ${i}, where no 0 stands between terms over a numerator of 1 or -1`);
  const ratio = above * below;
  const rest = b.slice(i + 2).map((x, n) => (n === 0 ? ratio * x : x));
  return {
    a: [...a.slice(0, i), (a[i] as bigint) + ratio * (a[i + 2] as bigint), ...a.slice(i + 3)],
    b: [...b.slice(0, i), ...rest],
  };
}

/** T5: a + 1/(-y) = (a - 1) + 1/(1 + 1/(y - 1)), where -y is the rest from a negative term on. */
export function removeNegative(fraction: ContinuedFraction, i: number): ContinuedFraction {
  need("removeNegative", fraction, i, 1n);
  const { a, b } = fraction;
  const rest = b.slice(i + 1).map((x, n) => (n === 0 ? -x : x));
  return spliced(fraction, i, [(a[i] as bigint) - 1n, 1n, -(a[i + 1] as bigint) - 1n], [1n, 1n], rest);
}

/** T6, the folding lemma: [a0; a1..an, x, -an..-a1] = p_n/q_n + (-1)^n / (x q_n^2), numerators all 1. */
export function folded(a: readonly bigint[], x: bigint): ContinuedFraction {
  if (x === 0n) throw new InputError("folded", "x", "is 0");
  return continuedFraction([
    ...a,
    x,
    ...a
      .slice(1)
      .reverse()
      .map((term) => -term),
  ]);
}

function need(op: string, { a, b }: ContinuedFraction, i: number, numerator: bigint): void {
  if (!Number.isInteger(i) || i < 0 || i >= a.length - 1 || b[i] !== numerator)
    throw new InputError(op, "i", `is ${i}, where no numerator ${numerator} stands`);
}

/** The two terms from i on replaced by three, with their two numerators and all that follow. */
function spliced(
  { a, b }: ContinuedFraction,
  i: number,
  terms: readonly bigint[],
  numerators: readonly bigint[],
  rest: readonly bigint[],
): ContinuedFraction {
  return { a: [...a.slice(0, i), ...terms, ...a.slice(i + 2)], b: [...b.slice(0, i), ...numerators, ...rest] };
}
