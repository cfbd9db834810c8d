/** T7: T steps of a recurrence as one. Consecutive 2x2 matrices multiply, and a companion form makes a fraction of them again. */
import { InputError } from "../../backends/contract.js";
import { type IntegerMatrix2, identityMatrix2, multiplyMatrix2 } from "../integers/index.js";

/** Terms of a fraction by index n >= 1, as functions: M(n) = [[0, b(n)], [1, a(n)]]. */
export interface Terms {
  a(n: number): bigint;
  b(n: number): bigint;
}

/**
 * The fraction of M(n) = [[A, B], [G, D]]: a'(n) = G(n) A(n+1) + D(n) G(n+1), b'(n) = -G(n+1) G(n-1) det M(n). Its value is a
 * Moebius transform of that of the matrices' product.
 */
export function companion(matrix: (n: number) => IntegerMatrix2): Terms {
  return {
    a(n) {
      const [, , g, d] = matrix(n);
      const [a, , next] = matrix(n + 1);
      return g * a + d * next;
    },
    b(n) {
      const [a, b, g, d] = matrix(n);
      return -matrix(n + 1)[2] * matrix(n - 1)[2] * (a * d - b * g);
    },
  };
}

/** M((n-1) T + 1) ... M(n T) of a fraction's own matrices. @throws InputError unless steps is a positive integer */
export function contractedMatrix({ a, b }: Terms, steps: number): (n: number) => IntegerMatrix2 {
  if (!Number.isInteger(steps) || steps < 1)
    throw new InputError("contractedMatrix", "steps", `is ${steps}, expected a positive integer`);
  return (n) => {
    let result: IntegerMatrix2 = identityMatrix2;
    for (let k = (n - 1) * steps + 1; k <= n * steps; k++) result = multiplyMatrix2(result, [0n, b(k), 1n, a(k)]);
    return result;
  };
}

/** A fraction whose every step is `steps` of the given one: an interlaced fraction of period T becomes one of polynomials. */
export function contracted(terms: Terms, steps: number): Terms {
  return companion(contractedMatrix(terms, steps));
}
