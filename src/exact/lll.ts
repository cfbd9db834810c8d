/** Lattice reduction in exact integers, and integer relations by it. */
import { InputError } from "../backends/contract.js";
import type { Enclosure } from "./constants/enclosure.js";
import { roundDivide } from "./rational.js";
import { largestOf, mayVanish, normalized, obstacle, type Relation, type RelationOptions } from "./relations.js";

/**
 * An LLL-reduced basis (delta 3/4) of the lattice that the rows span: the integral form (de Weger; Cohen, algorithm 2.6.7), whose
 * every number is an integer. Input is not changed.
 * @throws InputError for rows of unequal length or linearly dependent rows
 */
export function reduceLattice(rows: readonly (readonly bigint[])[]): bigint[][] {
  const b = rows.map((row) => [...row]);
  const n = b.length;
  if (b.some((row) => row.length !== (b[0] as bigint[]).length))
    throw new InputError("reduceLattice", "rows", "have unequal lengths");
  // d[i] is the Gram determinant of the first i rows; lambda[i][j] = d[j + 1] times the Gram-Schmidt coefficient.
  const d: bigint[] = [1n];
  const lambda = b.map(() => new Array<bigint>(n).fill(0n));
  const at = (i: number, j: number): bigint => (lambda[i] as bigint[])[j] as bigint;
  const set = (i: number, j: number, value: bigint): void => {
    (lambda[i] as bigint[])[j] = value;
  };

  function orthogonalize(k: number): void {
    for (let j = 0; j <= k; j++) {
      let u = dot(b[k] as bigint[], b[j] as bigint[]);
      for (let i = 0; i < j; i++) u = ((d[i + 1] as bigint) * u - at(k, i) * at(j, i)) / (d[i] as bigint);
      if (j < k) set(k, j, u);
      else d[k + 1] = u;
    }
    if (d[k + 1] === 0n) throw new InputError("reduceLattice", "rows", "are linearly dependent");
  }

  function subtract(k: number, l: number): void {
    const q = roundDivide(at(k, l), d[l + 1] as bigint);
    if (q === 0n) return;
    const [row, other] = [b[k] as bigint[], b[l] as bigint[]];
    for (let i = 0; i < row.length; i++) row[i] = (row[i] as bigint) - q * (other[i] as bigint);
    set(k, l, at(k, l) - q * (d[l + 1] as bigint));
    for (let i = 0; i < l; i++) set(k, i, at(k, i) - q * at(l, i));
  }

  function exchange(k: number, known: number): void {
    [b[k], b[k - 1]] = [b[k - 1] as bigint[], b[k] as bigint[]];
    for (let j = 0; j < k - 1; j++) {
      const kept = at(k, j);
      set(k, j, at(k - 1, j));
      set(k - 1, j, kept);
    }
    const l = at(k, k - 1);
    const [below, middle, above] = [d[k - 1] as bigint, d[k] as bigint, d[k + 1] as bigint];
    const fresh = (below * above + l * l) / middle;
    for (let i = k + 1; i <= known; i++) {
      const t = at(i, k);
      set(i, k, (above * at(i, k - 1) - l * t) / middle);
      set(i, k - 1, (fresh * t + l * at(i, k)) / above);
    }
    d[k] = fresh;
  }

  if (n > 0) orthogonalize(0);
  for (let k = 1, known = 0; k < n; ) {
    if (k > known) orthogonalize((known = k));
    subtract(k, k - 1);
    const l = at(k, k - 1);
    if (4n * ((d[k + 1] as bigint) * (d[k - 1] as bigint) + l * l) < 3n * (d[k] as bigint) ** 2n) {
      exchange(k, known);
      k = Math.max(1, k - 1);
    } else {
      for (let j = k - 2; j >= 0; j--) subtract(k, j);
      k++;
    }
  }
  return b;
}

/**
 * An integer relation among the values, or the reason for none: the rows e_i with a column of the values as integers in units
 * of 2^-bits. A row that the enclosures allow to be a relation is one as far as they tell.
 */
export function lllRelation(values: readonly Enclosure[], options: RelationOptions = {}): Relation {
  const reason = obstacle("lllRelation", values);
  if (reason) return { reason };
  const rows = values.map(({ lo, hi }, i) => [...values.map((_, j) => (i === j ? 1n : 0n)), (lo + hi) >> 1n]);
  const most = options.maxCoefficient ?? 1000n;
  for (const row of reduceLattice(rows)) {
    const coefficients = normalized(row.slice(0, -1));
    if (mayVanish(coefficients, values) && largestOf(coefficients) <= most) return { coefficients };
  }
  return { reason: `no relation with coefficients up to ${most}` };
}

function dot(x: readonly bigint[], y: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < x.length; i++) sum += (x[i] as bigint) * (y[i] as bigint);
  return sum;
}
