/** The paper's mean-error formulas for operands of m mantissa bits of which k are kept (section 2.3.1, Table 7). */
import { InputError } from "../../backends/contract.js";
import { defaultL } from "./rule.js";

/**
 * Mean of what truncation loses: f1(m, k) = 2 E[x_k] E[x_r] + 2 E[x_r] + E[x_r]^2 for uniform mantissas.
 * For m = 7 and k = 1..6 it is 44289, 22785, 11265, 5313, 2289 and 765 over 65536.
 */
export function truncationError(m: number, k: number): number {
  check("truncationError", m, k);
  const kept = (1 - 2 ** -k) / 2;
  const rest = (2 ** -k - 2 ** -m) / 2;
  return 2 * kept * rest + 2 * rest + rest * rest;
}

/**
 * Mean of what L-Mul adds on top, f2(k) = E[x_k]^2 - 2^-l, in the linear form.
 * @param l "by-k" is the l(k) of Eq. 1; the paper's Table 7 is reproduced only by the constant 4.
 */
export function approximationError(k: number, l: number | "by-k" = "by-k"): number {
  check("approximationError", 23, k);
  return ((1 - 2 ** -k) / 2) ** 2 - 2 ** -(l === "by-k" ? defaultL(k) : l);
}

/** Rows of Table 7 as printed, m = 7 and k = 1..6: absolute means for uniform mantissas and for real weights. */
export const publishedTable7 = {
  evenF1: [0.68, 0.35, 0.17, 0.081, 0.035, 0.012],
  evenSum: [0.68, 0.43, 0.3, 0.24, 0.2, 0.19],
  realF1: [0.61, 0.33, 0.16, 0.077, 0.033, 0.011],
  realSum: [0.16, 0.18, 0.18, 0.12, 0.15, 0.14],
} as const;

function check(op: string, m: number, k: number): void {
  if (!(Number.isInteger(m) && m >= 1 && m <= 23))
    throw new InputError(op, "m", `is ${m}; expected an integer in 1..23`);
  if (!(Number.isInteger(k) && k >= 1 && k <= m))
    throw new InputError(op, "k", `is ${k}; expected an integer in 1..${m}`);
}
