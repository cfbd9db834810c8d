/**
 * Topological recursion of a quantum Airy structure (Kontsevich and Soibelman 2017; Andersen and others 2017): tensors A, B, C, D give
 *
 *   F_0[i,j,k] = A_ijk,  F_1[i] = D_i,
 *   F_g[i,X] = sum over x, b of B^b_(i,x) F_g[b, X - x]
 *            + 1/2 sum over a, b of C^(ab)_i (F_(g-1)[a,b,X] + sum over h and splittings of F_h[a,I] F_(g-h)[b,J]).
 */
import { InputError } from "../../backends/contract.js";
import { add, multiply, type Rational, rational } from "../../exact/rational.js";
import { factorial } from "./amplitude.js";
import { zetaOverPi } from "./kappa.js";

export interface AiryStructure {
  readonly name: string;
  a(i: number, j: number, k: number): Rational;
  /** B^b_(i,x) */
  b(i: number, x: number, b: number): Rational;
  /** C^(ab)_i */
  c(i: number, a: number, b: number): Rational;
  d(i: number): Rational;
  /** F_g of n indices is 0 where their sum is larger; the recursion ends by it. */
  degree(g: number, n: number): number;
}

const zero = rational(0n);
const one = rational(1n);
const when = (condition: boolean, value: Rational): Rational => (condition ? value : zero);

/** <tau_d>_g as amplitudes: B = (2x + 1) at b = i + x - 1, C = 1 at i = a + b + 2. */
export const kontsevich: AiryStructure = {
  name: "Kontsevich",
  a: (i, j, k) => when(i + j + k === 0, one),
  b: (i, x, b) => when(i + x === b + 1, rational(2 * x + 1)),
  c: (i, a, b) => when(i === a + b + 2, one),
  d: (i) => when(i === 1, rational(1n, 8n)),
  degree: (g, n) => 3 * g - 3 + n,
};

/** Masur-Veech volumes of the principal strata of quadratic differentials (Andersen and others 2019), powers of pi left out. */
export const masurVeech: AiryStructure = {
  ...kontsevich,
  name: "Masur-Veech",
  b: (i, x, b) => add(kontsevich.b(i, x, b), when(i === 0 && x === 0, zetaOverPi(b + 1))),
  c: (i, a, b) =>
    [when(i === 0, multiply(zetaOverPi(a + 1), zetaOverPi(b + 1))), crossed(i, a, b), crossed(i, b, a)].reduce(
      add,
      kontsevich.c(i, a, b),
    ),
  d: (i) => add(kontsevich.d(i), when(i === 0, multiply(rational(1n, 2n), zetaOverPi(1)))),
};

function crossed(i: number, a: number, b: number): Rational {
  const q = a + 1 - i;
  if (q < 0) return zero;
  const ways = rational(factorial(2 * b + 2 * q + 1), factorial(2 * b + 1) * factorial(2 * q));
  return multiply(ways, zetaOverPi(b + q + 1));
}

export class AiryRecursion {
  readonly #known = new Map<string, Rational>();

  constructor(readonly structure: AiryStructure) {}

  /**
   * F_g of the indices, in any order.
   * @throws InputError when (g, n) is not stable or an index is no count
   */
  amplitude(g: number, indices: readonly number[]): Rational {
    const n = indices.length;
    if (!(Number.isSafeInteger(g) && g >= 0) || n === 0 || 2 * g - 2 + n <= 0) {
      throw new InputError("AiryRecursion", "g", `${String(g)} with ${n} indices is not stable`);
    }
    const wrong = indices.find((index) => !(Number.isSafeInteger(index) && index >= 0));
    if (wrong !== undefined)
      throw new InputError("AiryRecursion", "indices", `has ${String(wrong)}, not an integer >= 0`);
    return this.#amplitude(
      g,
      [...indices].sort((x, y) => y - x),
    );
  }

  #amplitude(g: number, sorted: readonly number[]): Rational {
    const n = sorted.length;
    if (g < 0 || 2 * g - 2 + n <= 0) return zero;
    if (sorted.reduce((sum, index) => sum + index, 0) > this.structure.degree(g, n)) return zero;
    const key = `${g};${sorted.join()}`;
    let value = this.#known.get(key);
    if (!value) {
      value = this.#compute(g, sorted);
      this.#known.set(key, value);
    }
    return value;
  }

  #compute(g: number, sorted: readonly number[]): Rational {
    const { a: triple, b: join, c: fork, d: start, degree } = this.structure;
    const n = sorted.length;
    if (g === 0 && n === 3) return triple(...(sorted as [number, number, number]));
    if (g === 1 && n === 1) return start(sorted[0] as number);
    // The smallest index is the pivot: of Kontsevich's numbers it has the fewest terms.
    const rest = sorted.slice(0, -1);
    const i = sorted.at(-1) as number;
    const most = degree(g, n);
    let sum = zero;
    for (const at of rest.keys()) {
      const others = rest.filter((_, j) => j !== at);
      for (let b = 0; b <= most; b++) {
        const weight = join(i, rest[at] as number, b);
        if (weight.num !== 0n) sum = add(sum, multiply(weight, this.#amplitude(g, withIndices(others, [b]))));
      }
    }
    for (let a = 0; a <= most; a++) {
      for (let b = 0; a + b <= most; b++) {
        const weight = fork(i, a, b);
        if (weight.num !== 0n)
          sum = add(sum, multiply(multiply(weight, rational(1n, 2n)), this.#forked(g, a, b, rest)));
      }
    }
    return sum;
  }

  #forked(g: number, a: number, b: number, rest: readonly number[]): Rational {
    let sum = this.#amplitude(g - 1, withIndices(rest, [a, b]));
    for (let subset = 0; subset < 2 ** rest.length; subset++) {
      const left = withIndices(
        rest.filter((_, j) => subset & (1 << j)),
        [a],
      );
      const right = withIndices(
        rest.filter((_, j) => !(subset & (1 << j))),
        [b],
      );
      for (let h = 0; h <= g; h++) {
        // Not computed when the other half is not stable: it would be the number that is asked for.
        if (2 * h - 2 + left.length <= 0 || 2 * (g - h) - 2 + right.length <= 0) continue;
        const x = this.#amplitude(h, left);
        if (x.num !== 0n) sum = add(sum, multiply(x, this.#amplitude(g - h, right)));
      }
    }
    return sum;
  }
}

function withIndices(rest: readonly number[], more: readonly number[]): number[] {
  return [...rest, ...more].sort((x, y) => y - x);
}

/**
 * The Masur-Veech volume of the principal stratum of quadratic differentials of genus g with n simple poles, without its factor
 * pi^(6g-6+2n): 2^(4g-2+n) (4g-4+n)! / (6g-7+2n)! F_g[0^n].
 * @throws InputError unless 2g - 2 + n > 0 and n >= 1
 */
export function masurVeechVolume(g: number, n: number): Rational {
  const value = new AiryRecursion(masurVeech).amplitude(g, new Array<number>(n).fill(0));
  if (4 * g - 4 + n < 0 || 6 * g - 7 + 2 * n < 0)
    throw new InputError("masurVeechVolume", "n", `is ${n}: the stratum of genus ${g} is empty`);
  return multiply(
    value,
    rational(2n ** BigInt(4 * g - 2 + n) * factorial(4 * g - 4 + n), factorial(6 * g - 7 + 2 * n)),
  );
}
