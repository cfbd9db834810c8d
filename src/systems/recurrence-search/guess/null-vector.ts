/** Linear dependences between columns of integers: modulo primes, put together, and checked exactly. */
import { gcdOf } from "../../../exact/integers/gcd.js";
import { invMod, mulMod, wordPrimes } from "../../../exact/modular/word-primes.js";
import { modulo } from "../massey/prime-field.js";
import { combine, reconstruct } from "../massey/rational-field.js";

/**
 * Integers without a common factor, not all 0, with sum over j of row[j] v[j] = 0 in every row: the dependence of the first
 * column that depends on those before it. Undefined when the columns are independent, which one prime proves.
 */
export function nullVector(rows: readonly (readonly bigint[])[], width: number): bigint[] | undefined {
  let free = -1;
  let product = 1n;
  let residues: bigint[] = [];
  for (const word of wordPrimes()) {
    const prime = BigInt(word);
    const found = dependence(rows, width, Number(prime));
    if (!found) return undefined;
    // Modulo a bad prime columns depend on each other too early.
    if (found.length - 1 < free) continue;
    if (found.length - 1 > free) {
      free = found.length - 1;
      product = 1n;
      residues = found.map(() => 0n);
    }
    residues = residues.map((r, j) => combine(r, product, BigInt(found[j] as number), prime));
    product *= prime;
    const scaled = reconstruct(residues, product)?.scaled;
    if (!scaled || !rows.every((row) => scaled.reduce((sum, v, j) => sum + v * (row[j] as bigint), 0n) === 0n))
      continue;
    const common = gcdOf(scaled);
    return Array.from({ length: width }, (_, j) => (scaled[j] ?? 0n) / common);
  }
  return undefined;
}

/** Coefficients up to the first dependent column, that one's being 1. */
function dependence(rows: readonly (readonly bigint[])[], width: number, p: number): number[] | undefined {
  const matrix = rows.map((row) => row.map((x) => Number(modulo(x, BigInt(p)))));
  for (let column = 0; column < width; column++) {
    const at = matrix.findIndex((row, r) => r >= column && row[column] !== 0);
    if (at < 0) return [...matrix.slice(0, column).map((row) => (p - (row[column] as number)) % p), 1];
    const pivot = matrix[at] as number[];
    matrix[at] = matrix[column] as number[];
    const scale = invMod(pivot[column] as number, p);
    matrix[column] = pivot.map((x) => mulMod(x, scale, p));
    for (let r = 0; r < matrix.length; r++) {
      const row = matrix[r] as number[];
      const factor = row[column] as number;
      if (r === column || factor === 0) continue;
      for (let j = column; j < width; j++) {
        row[j] = ((row[j] as number) + p - mulMod((matrix[column] as number[])[j] as number, factor, p)) % p;
      }
    }
  }
  return undefined;
}
