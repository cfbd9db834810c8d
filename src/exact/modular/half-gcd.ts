/**
 * Euclid's algorithm on polynomials over GF(p) in O(M(n) log n): the quotients of the upper half of the coefficients are found
 * first, in two halves again, and applied to the rest by products of 2x2 matrices (von zur Gathen and Gerhard, Modern Computer
 * Algebra, chapter 11). Short polynomials go step by step.
 */
import { InputError } from "../../backends/contract.js";
import type { PrimeField } from "./field.js";
import { polyAdd, polyDivide, polyMonic, polyMultiply, polySub, trimmed } from "./polynomials.js";
import { multiplyByTransforms } from "./products.js";
import type { Residues } from "./vectors.js";
import { type Region, regions } from "./workspace.js";

export type Matrix2 = readonly [readonly [Residues, Residues], readonly [Residues, Residues]];

export interface HalfGcd {
  /** matrix (a, b) = (c, d); its determinant is 1 or -1. */
  readonly matrix: Matrix2;
  /** Neighbours in the sequence of remainders: deg c >= stop > deg d. */
  readonly c: Residues;
  readonly d: Residues;
}

/** Up to this degree step by step; by kernels a step costs a fraction of what it does in JavaScript. */
const stepByStep = { kernels: 512, plain: 32 };

const zero = new Uint32Array(0);
const one = Uint32Array.of(1);
const identity: Matrix2 = [
  [one, zero],
  [zero, one],
];

const degree = (f: Residues) => f.length - 1;

/**
 * The first remainder of degree below `stop`, the one before it, and the matrix that leads there.
 * @param stop by default half of a's degree, rounded up; at least that, and at most deg a
 * @throws InputError unless deg a > deg b
 */
export function halfGcd(field: PrimeField, a: Residues, b: Residues, stop?: number): HalfGcd {
  const [f, g] = [trimmed(a), trimmed(b)];
  if (f.length <= g.length) throw new InputError("halfGcd", "b", `must have a degree below ${degree(f)}`);
  const half = Math.ceil(degree(f) / 2);
  const m = stop ?? half;
  if (!Number.isInteger(m) || m < half || m > degree(f)) {
    throw new InputError("halfGcd", "stop", `must be an integer in [${half}, ${degree(f)}], got ${stop}`);
  }
  return reduce(field, f, g, m);
}

/** Deg f > deg g; m >= deg f / 2. */
function reduce(field: PrimeField, f: Residues, g: Residues, m: number): HalfGcd {
  if (degree(g) < m) return { matrix: identity, c: f, d: g };
  if (m === 0 || degree(f) <= (field.kernels ? stepByStep.kernels : stepByStep.plain)) return steps(field, f, g, m);
  // Quotients down to degree m depend on the coefficients from 2 m - deg f up.
  const first = upper(field, f, g, 2 * m - degree(f), Math.ceil((degree(f) + m) / 2));
  if (degree(first.d) < m) return first;
  const { quotient, remainder } = polyDivide(field, first.c, first.d);
  const [top, bottom] = first.matrix;
  const next = (k: 0 | 1) => polySub(field, top[k], polyMultiply(field, quotient, bottom[k]));
  const turned: Matrix2 = [bottom, [next(0), next(1)]];
  if (degree(remainder) < m) return { matrix: turned, c: first.d, d: remainder };
  const second = upper(field, first.d, remainder, Math.max(0, 2 * m - degree(first.d)), m);
  return { matrix: multiply2(field, second.matrix, turned), c: second.c, d: second.d };
}

/** Reduces below degree m by the coefficients from `cut` up, and applies the matrix to the lower ones. */
function upper(field: PrimeField, f: Residues, g: Residues, cut: number, m: number): HalfGcd {
  if (cut <= 0) return reduce(field, f, g, m);
  const high = reduce(field, f.subarray(cut), trimmed(g.subarray(cut)), m - cut);
  if (high.matrix === identity) return { matrix: identity, c: f, d: g };
  const low = apply(field, high.matrix, trimmed(f.subarray(0, cut)), trimmed(g.subarray(0, cut)));
  return {
    matrix: high.matrix,
    c: polyAdd(field, shifted(high.c, cut), low[0]),
    d: polyAdd(field, shifted(high.d, cut), low[1]),
  };
}

function shifted(f: Residues, by: number): Residues {
  if (!f.length) return f;
  const result = new Uint32Array(f.length + by);
  result.set(f, by);
  return result;
}

function apply(field: PrimeField, m: Matrix2, f: Residues, g: Residues): [Residues, Residues] {
  const [[x], [y]] = product(field, m, [[f], [g]]) as [[Residues], [Residues]];
  return [x, y];
}

function multiply2(field: PrimeField, a: Matrix2, b: Matrix2): Matrix2 {
  return product(field, a, b) as unknown as Matrix2;
}

function product(field: PrimeField, a: Matrix2, b: readonly (readonly Residues[])[]): Residues[][] {
  const shortest = Math.min(...a.flat().map(({ length }) => length), ...b.flat().map(({ length }) => length));
  if (field.kernels && shortest > 48) {
    return multiplyByTransforms(field, field.kernels, a, b).map((row) => row.map(trimmed));
  }
  return a.map(([x, y]) =>
    (b[0] as Residues[]).map((_, j) =>
      polyAdd(field, polyMultiply(field, x, b[0]?.[j] as Residues), polyMultiply(field, y, b[1]?.[j] as Residues)),
    ),
  );
}

function steps(field: PrimeField, f: Residues, g: Residues, m: number): HalfGcd {
  if (field.kernels) return kernelSteps(field, f, g, m);
  let [c, d]: [Residues, Residues] = [f, g];
  let matrix = identity;
  while (degree(d) >= m && d.length) {
    const { quotient, remainder } = polyDivide(field, c, d);
    const [top, bottom] = matrix;
    const next = (k: 0 | 1) => polySub(field, top[k], polyMultiply(field, quotient, bottom[k]));
    matrix = [bottom, [next(0), next(1)]];
    [c, d] = [d, remainder];
  }
  return { matrix, c, d };
}

function kernelSteps(field: PrimeField, f: Residues, g: Residues, m: number): HalfGcd {
  const width = f.length - m + 1;
  return (field.kernels as NonNullable<typeof field.kernels>).run("halfGcd", (w) => {
    const [x, y, rows, info] = regions(w, [f.length, f.length, 4 * width, 4]) as [Region, Region, Region, Region];
    x.words.set(f);
    y.words.set(g);
    y.words.fill(0, g.length);
    w.kernels.residues_euclid(x.ptr, f.length, y.ptr, m, rows.ptr, width, field.p, info.ptr);
    const [odd, nc, nd] = info.words as unknown as [number, number, number];
    const [c, d] = odd ? [y, x] : [x, y];
    const entry = (k: number) => trimmed(rows.words.slice(k * width, (k + 1) * width));
    const pair = (k: number): readonly [Residues, Residues] => [entry(2 * k), entry(2 * k + 1)];
    return {
      matrix: odd ? [pair(1), pair(0)] : [pair(0), pair(1)],
      c: c.words.slice(0, nc),
      d: d.words.slice(0, nd),
    };
  });
}

/** The monic greatest common divisor; of (0, 0) it is 0. */
export function polyGcd(field: PrimeField, a: Residues, b: Residues): Residues {
  let [f, g] = [trimmed(a), trimmed(b)];
  if (f.length < g.length) [f, g] = [g, f];
  if (g.length && f.length === g.length) [f, g] = [g, polyDivide(field, f, g).remainder];
  while (g.length) {
    const { c, d } = reduce(field, f, g, Math.ceil(degree(f) / 2));
    if (!d.length) return polyMonic(field, c);
    [f, g] = [d, polyDivide(field, c, d).remainder];
  }
  return polyMonic(field, f);
}
