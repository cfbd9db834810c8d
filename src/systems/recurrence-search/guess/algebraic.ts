/** Guesses of an algebraic equation for the generating function y(x) = sum over k of a_k x^k. */
import { nullVector } from "./null-vector.js";

/** sum over j, i of coefficients[j][i] x^i y^j = 0. */
export interface AlgebraicEquation {
  readonly coefficients: readonly (readonly bigint[])[];
  readonly used: number;
}

/** The equation of degree >= 2 in y with the fewest unknowns that leaves `spare` terms to contradict it, or undefined. */
export function guessAlgebraic(terms: readonly bigint[], spare: number): AlgebraicEquation | undefined {
  const most = terms.length - spare;
  const sizes: [dx: number, dy: number][] = [];
  for (let dy = 2; dy <= 6; dy++) {
    for (let dx = 1; (dx + 1) * (dy + 1) - 1 <= most && dx <= 12; dx++) sizes.push([dx, dy]);
  }
  sizes.sort((a, b) => (a[0] + 1) * (a[1] + 1) - (b[0] + 1) * (b[1] + 1) || a[1] - b[1]);
  const powers = [terms.map((_, k) => (k === 0 ? 1n : 0n)), terms.slice()];
  for (const [dx, dy] of sizes) {
    while (powers.length <= dy) powers.push(product(powers.at(-1) as bigint[], terms));
    const rows = terms.map((_, k) => {
      const row: bigint[] = [];
      for (let j = 0; j <= dy; j++) for (let i = 0; i <= dx; i++) row.push((powers[j] as bigint[])[k - i] ?? 0n);
      return row;
    });
    const vector = nullVector(rows, (dx + 1) * (dy + 1));
    if (!vector) continue;
    const coefficients = powers.slice(0, dy + 1).map((_, j) => vector.slice(j * (dx + 1), (j + 1) * (dx + 1)));
    return { coefficients, used: (dx + 1) * (dy + 1) - 1 };
  }
  return undefined;
}

/** The product of two power series, as far as both are known. */
function product(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  return a.map((_, k) => {
    let sum = 0n;
    for (let i = 0; i <= k; i++) sum += (a[i] as bigint) * (b[k - i] as bigint);
    return sum;
  });
}
