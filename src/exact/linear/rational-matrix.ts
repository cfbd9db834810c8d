/**
 * Linear algebra over Q on matrices of integers: solved modulo primes below 2^31, lifted by Chinese remainders and rational
 * reconstruction, and proved by multiplying over Z. A prime that divides a pivot shows less rank, or pivots further to the
 * right, than others, and is dropped.
 */
import { InputError, ShapeError } from "../../backends/contract.js";
import { chineseRemainder, reconstructRational } from "../integers/chinese-remainder.js";
import { gcdOf, lcm } from "../integers/gcd.js";
import type { ExactOptions } from "../kernels.js";
import { PrimeField } from "../modular/field.js";
import { wordPrimes } from "../modular/word-primes.js";
import { type Rational, rational } from "../rational.js";
import { type EchelonForm, nullspaceOf, rowReduce } from "./residue-matrix.js";

/** Rows of equal length. */
export type IntegerMatrix = readonly (readonly bigint[])[];

function checkMatrix(op: string, matrix: IntegerMatrix): number {
  const columns = matrix[0]?.length;
  if (columns === undefined) throw new InputError(op, "matrix", "has no rows");
  for (const [i, row] of matrix.entries()) {
    if (row.length !== columns) throw new ShapeError(op, `matrix[${i}]`, { expected: [columns], actual: [row.length] });
    if (row.some((x) => typeof x !== "bigint")) throw new InputError(op, `matrix[${i}]`, "must hold bigints");
  }
  return columns;
}

/** Whether the second form shows more of the matrix over Q: a higher rank, or pivots further to the left. */
function compareForms(a: EchelonForm, b: EchelonForm): number {
  if (a.pivots.length !== b.pivots.length) return b.pivots.length - a.pivots.length;
  const at = a.pivots.findIndex((pivot, i) => pivot !== b.pivots[i]);
  return at < 0 ? 0 : (a.pivots[at] as number) - (b.pivots[at] as number);
}

/**
 * A basis of the x with matrix x = 0, each in integers without a common factor and positive in the column that is its own
 * (those of the others are 0 there). Empty when only 0 is.
 */
export function nullspace(matrix: IntegerMatrix, options: ExactOptions = {}): bigint[][] {
  const columns = checkMatrix("nullspace", matrix);
  let best: EchelonForm | undefined;
  let primes: bigint[] = [];
  let images: Uint32Array[][] = [];
  let tryAt = 1;
  for (const p of wordPrimes()) {
    const field = new PrimeField(p, options);
    const data = field.residues(matrix.flat());
    const form = rowReduce(field, { rows: matrix.length, columns, data });
    const order = best ? compareForms(best, form) : 1;
    if (order < 0) continue;
    if (order > 0) [best, primes, images, tryAt] = [form, [], [], 1];
    primes.push(BigInt(p));
    images.push(nullspaceOf(field, form));
    if (primes.length < tryAt) continue;
    const lifted = lift(images, primes, options);
    if (lifted?.every((x) => annihilates(matrix, x))) return lifted;
    // The next attempt costs as much as all before it.
    tryAt = primes.length * 2;
  }
  throw new InputError("nullspace", "matrix", "needs more primes than there are below 2^31");
}

function lift(
  images: readonly Uint32Array[][],
  primes: readonly bigint[],
  options: ExactOptions,
): bigint[][] | undefined {
  const result: bigint[][] = [];
  for (const [k, vector] of (images[0] as Uint32Array[]).entries()) {
    const entries: Rational[] = [];
    for (let i = 0; i < vector.length; i++) {
      const residues = images.map((image) => BigInt((image[k] as Uint32Array)[i] as number));
      const { value, modulus } = chineseRemainder(residues, primes, options);
      const fraction = reconstructRational(value, modulus, options);
      if (!fraction) return undefined;
      entries.push(fraction);
    }
    const common = entries.reduce((d, { den }) => lcm(d, den), 1n);
    const scaled = entries.map(({ num, den }) => num * (common / den));
    const g = gcdOf(scaled);
    result.push(scaled.map((x) => x / g));
  }
  return result;
}

const annihilates = (matrix: IntegerMatrix, x: readonly bigint[]) =>
  matrix.every((row) => row.reduce((sum, a, j) => sum + a * (x[j] as bigint), 0n) === 0n);

/** The rank over Q. */
export function rank(matrix: IntegerMatrix, options: ExactOptions = {}): number {
  return checkMatrix("rank", matrix) - nullspace(matrix, options).length;
}

/**
 * A solution of matrix x = b over Q, 0 in the columns that are free; undefined when there is none.
 * @throws ShapeError, InputError
 */
export function solve(matrix: IntegerMatrix, b: readonly bigint[], options: ExactOptions = {}): Rational[] | undefined {
  const columns = checkMatrix("solve", matrix);
  if (b.length !== matrix.length) throw new ShapeError("solve", "b", { expected: [matrix.length], actual: [b.length] });
  const augmented = matrix.map((row, i) => [...row, -(b[i] as bigint)]);
  // The last column is free when it depends on the others; its vector then ends in what all are to be divided by.
  const last = nullspace(augmented, options).find((x) => x[columns] !== 0n);
  return last?.slice(0, columns).map((x) => rational(x, last[columns] as bigint));
}
