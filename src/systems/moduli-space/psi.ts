/**
 * One intersection number of psi classes on the moduli space of curves,
 *
 *   <tau_d1 ... tau_dn>_g = integral over M_g,n of psi_1^d1 ... psi_n^dn,
 *
 * an exact rational, by the best of several routes (Witten 1991, Kontsevich 1992; see the files of the routes).
 */
import { InputError, UnsupportedError } from "../../backends/contract.js";
import { type Rational, rational } from "../../exact/rational.js";
import { dilaton, fromScaled, leadingBits } from "./amplitude.js";
import { closedForm } from "./closed-forms.js";
import { checkEntries, checkStable, genusOf, sumOf } from "./entries.js";
import type { PsiKernels } from "./group.js";
import { nPointNumber } from "./n-point.js";
import { IntegerRecursion } from "./recursion.js";
import { resolventScaled, resolventWork } from "./resolvent.js";

export const psiMethods = ["auto", "closed-form", "n-point", "recursion", "resolvent"] as const;
export type PsiMethod = (typeof psiMethods)[number];

export interface PsiOptions {
  /** The genus, checked against the dimension; by default the one that d implies. */
  readonly genus?: number;
  /** True makes a d that has no genus an error; by default its number is 0, as the integral is. */
  readonly strict?: boolean;
  /** Forces a route; all agree. */
  readonly method?: PsiMethod;
  /** Kernels for the resolvent, from `openPsi`: without them it runs in JavaScript. */
  readonly kernels?: PsiKernels;
}

/** Modular products that a number may take: minutes. */
const mostWork = 2e11;
/** Up to this genus the recursion over all numbers below takes seconds. */
const recursionGenus = 12;

/**
 * @param d entries, non-negative integers in any order
 * @returns the exact number; 0 when the sum of d is not the dimension 3g - 3 + n
 * @throws InputError for entries that are no counts, an unstable genus, an unknown method, and with `strict` for a wrong dimension
 * @throws UnsupportedError when a forced method has no formula for d, or the number would take hours
 */
export function psi(d: ArrayLike<number>, options: PsiOptions = {}): Rational {
  const entries = checkEntries("psi", d);
  const { genus, strict = false, method = "auto", kernels } = options;
  if (!psiMethods.includes(method)) {
    throw new InputError("psi", "method", `is ${String(method)}, not one of ${psiMethods.join(", ")}`);
  }
  if (genus !== undefined) checkStable("psi", genus, entries.length);
  const implied = genusOf(entries);
  if (implied === undefined || (genus !== undefined && genus !== implied)) {
    if (!strict) return rational(0n);
    const sum = sumOf(entries);
    const wanted =
      genus === undefined ? "3g - 3 + n of no genus g" : `not ${3 * genus - 3 + entries.length}, the dimension`;
    throw new InputError("psi", "d", `sums to ${sum}, ${wanted} with n = ${entries.length}`);
  }
  checkStable("psi", implied, entries.length);
  return byMethod(implied, entries, method, kernels);
}

function byMethod(g: number, d: readonly number[], method: PsiMethod, kernels?: PsiKernels): Rational {
  switch (method) {
    case "auto":
      return automatic(g, d, kernels);
    case "closed-form": {
      const formula = closedForm(g, d);
      if (!formula) throw new UnsupportedError("psi", `there is no closed form for ${d.length} points in genus ${g}`);
      return formula();
    }
    case "n-point":
      if (d.length < 2) throw new UnsupportedError("psi", "the n-point function is for two or more points");
      if (g + d.length > 9)
        throw new UnsupportedError(
          "psi",
          `the n-point function of g + n = ${g + d.length} is too long; 9 is the limit`,
        );
      return nPointNumber(g, d);
    case "recursion":
      checkRecursion(g, d);
      return fromScaled(new IntegerRecursion().scaled(g, d), g, d);
    case "resolvent":
      if (d.length < 2) throw new UnsupportedError("psi", "the resolvent is for two or more points");
      checkResolvent(g, d);
      return fromScaled(resolventScaled(g, d, kernels), g, d);
  }
}

/** Ones are factors; then a formula if there is one, and otherwise the cheaper of recursion and resolvent. */
function automatic(g: number, d: readonly number[], kernels?: PsiKernels): Rational {
  const formula = closedForm(g, d);
  if (formula) return formula();
  const rest = d.filter((entry) => entry !== 1);
  if (rest.length < d.length && rest.length > 0) {
    const { num, den } = automatic(g, rest, kernels);
    let factor = 1n;
    // <tau_1 X> = (2g - 2 + n) <X>; the dilaton factor of amplitudes is three times that.
    for (let n = rest.length; n < d.length; n++) factor *= dilaton(g, n) / 3n;
    return rational(num * factor, den);
  }
  if (g <= recursionGenus) return fromScaled(new IntegerRecursion().scaled(g, d), g, d);
  checkResolvent(g, d);
  return fromScaled(resolventScaled(g, d, kernels), g, d);
}

function checkResolvent(g: number, d: readonly number[]): void {
  const work = d.length > 11 ? Number.POSITIVE_INFINITY : resolventWork(d) * (leadingBits(g, d.length) / 31);
  if (work > mostWork) {
    const amount = Number.isFinite(work) ? `about ${work.toExponential(0)} products` : `${d.length - 1}! cyclic orders`;
    throw new UnsupportedError(
      "psi",
      `${d.length} points in genus ${g} take ${amount}; the limit is ${mostWork.toExponential(0)}`,
    );
  }
}

function checkRecursion(g: number, d: readonly number[]): void {
  if (g > 18 || (g > recursionGenus && d.length > 6)) {
    throw new UnsupportedError(
      "psi",
      `the recursion for ${d.length} points in genus ${g} needs too many other numbers`,
    );
  }
}
