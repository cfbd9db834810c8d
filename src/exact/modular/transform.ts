/** The number-theoretic transform of the kernels: roots, and the three primes that carry products modulo any other. */
import type { ExactKernels } from "../kernels.js";
import { invMod, powMod } from "./word-primes.js";
import type { ExactRun } from "./workspace.js";

/** 63 2^25 + 1, 15 2^27 + 1, 27 2^26 + 1: between 2^30 and 2^31, with transforms up to 2^25. */
export const transformPrimes = [2113929217, 2013265921, 1811939329] as const;

export const shortestLog = 4;

/** The exponent of 2 in p - 1: transforms modulo p go up to 2 to its power. */
export function twoAdicity(p: number): number {
  let twos = 0;
  for (let m = p - 1; m % 2 === 0; m /= 2) twos++;
  return twos;
}

/** An element of order 2^log modulo p. */
export function rootOfUnity(p: number, log: number): number {
  const twos = twoAdicity(p);
  const odd = (p - 1) / 2 ** twos;
  for (let x = 2; ; x++) {
    const root = powMod(x, odd, p);
    if (powMod(root, 2 ** (twos - 1), p) === p - 1) return powMod(root, 2 ** (twos - log), p);
  }
}

/** Addresses of the roots for transforms of up to 2^log elements, and of their inverses. */
function tables(kernels: ExactKernels, p: number, log: number): [number, number] {
  const fill = (inverse: boolean) =>
    kernels.table(`ntt ${p}${inverse ? " inverse" : ""}`, 2 ** Math.max(3, log - 1), (k, table, ptr) => {
      table[0] = Number((1n << 32n) % BigInt(p));
      for (let bit = 0; 2 ** bit < table.length; bit++) {
        const root = rootOfUnity(p, bit + 2);
        k.residues_scale(ptr, inverse ? invMod(root, p) : root, ptr + 4 * 2 ** bit, 2 ** bit, p);
      }
    });
  return [fill(false), fill(true)];
}

export interface Transform {
  readonly p: number;
  readonly log: number;
  /** In place, 2^log residues; natural order to that of the transform. */
  forward(w: ExactRun, ptr: number): void;
  /** The way back, 2^log times too large. */
  inverse(w: ExactRun, ptr: number): void;
}

/** Make it before the memory of a call is taken: the tables may grow. log in [4, twoAdicity(p)]. */
export function makeTransform(kernels: ExactKernels, p: number, log: number): Transform {
  const [roots, inverses] = tables(kernels, p, log);
  return {
    p,
    log,
    forward: (w, ptr) => w.kernels.residues_ntt(ptr, log, roots, p),
    inverse: (w, ptr) => w.kernels.residues_ntt_inverse(ptr, log, inverses, p),
  };
}
