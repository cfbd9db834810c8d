/** Scans of one line, from their definitions: one element after the other, in f64 or exactly. */

export interface LineOracle {
  readonly exclusive?: boolean | undefined;
  readonly reverse?: boolean | undefined;
  /** True at the first element of a segment. */
  readonly starts?: readonly boolean[] | undefined;
}

/** What is carried, moved on by an element, and what is read from it. */
interface Walk<X, S> {
  readonly unit: S;
  readonly join: (state: S, x: X) => S;
}

/** The carried value at every element. */
function walk<X, S>(line: readonly X[], { unit, join }: Walk<X, S>, { exclusive, reverse, starts }: LineOracle): S[] {
  const states = new Array<S>(line.length);
  let state = unit;
  for (let i = 0; i < line.length; i++) {
    const t = reverse ? line.length - 1 - i : i;
    // Going backwards, a segment is entered after its neighbour was left through that one's first element.
    if (i > 0 && starts?.[reverse ? t + 1 : t]) state = unit;
    const before = state;
    state = join(state, line[t] as X);
    states[t] = exclusive ? before : state;
  }
  return states;
}

/** A sum and what its roundings lost (Neumaier 1974). */
type Sum = readonly [sum: number, lost: number];

function added([sum, lost]: Sum, x: number): Sum {
  const next = sum + x;
  if (!Number.isFinite(next)) return [next, 0];
  return [next, lost + (Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum)];
}

/** log(sum of e^x) as a greatest x and the sum of e^(x - it). */
type Exponentials = readonly [top: number, sum: number];

function exponentialsOf([top, sum]: Exponentials, x: number): Exponentials {
  if (Number.isNaN(x) || Number.isNaN(sum)) return [top, Number.NaN];
  if (x === -Infinity || top === Infinity) return [top, sum];
  return x > top ? [x, (top === -Infinity ? 0 : sum * Math.exp(top - x)) + 1] : [top, sum + Math.exp(x - top)];
}

export const scanOracles = {
  add: (line: readonly number[], how: LineOracle = {}) =>
    walk<number, Sum>(line, { unit: [0, 0], join: added }, how).map(([sum, lost]) => sum + lost),
  multiply: (line: readonly number[], how: LineOracle = {}) =>
    walk<number, number>(line, { unit: 1, join: (p, x) => p * x }, how),
  max: (line: readonly number[], how: LineOracle = {}) =>
    walk<number, number>(line, { unit: -Infinity, join: Math.max }, how),
  logsumexp: (line: readonly number[], how: LineOracle = {}) =>
    walk<number, Exponentials>(line, { unit: [-Infinity, 0], join: exponentialsOf }, how).map(
      ([top, sum]) => top + Math.log(top === -Infinity && sum === 0 ? 1 : sum),
    ),
};

/** Sums, products and maxima of 32-bit words, which wrap. */
export function wordScanOracle(
  line: readonly number[],
  op: "add" | "multiply" | "max",
  signed: boolean,
  how: LineOracle = {},
): number[] {
  const wrap = (x: number) => (signed ? x | 0 : x >>> 0);
  const join = {
    add: (a: number, x: number) => wrap(a + x),
    multiply: (a: number, x: number) => wrap(Math.imul(a, x)),
    max: Math.max,
  };
  const unit = { add: 0, multiply: 1, max: signed ? -(2 ** 31) : 0 };
  return walk<number, number>(line, { unit: unit[op], join: join[op] }, how);
}

/** h = a h + b; a segment's first h is its b, whatever was before. */
export function affineOracle(a: readonly number[], b: readonly number[], initial = 0, how: LineOracle = {}): number[] {
  const h = new Array<number>(a.length);
  let state = initial;
  for (let i = 0; i < a.length; i++) {
    const t = how.reverse ? a.length - 1 - i : i;
    const isStart = i > 0 && how.starts?.[how.reverse ? t + 1 : t];
    const before = isStart ? 0 : state;
    state = isStart ? (b[t] as number) : (a[t] as number) * before + (b[t] as number);
    h[t] = how.exclusive ? before : state;
  }
  return h;
}

/** Products in the monoid whose table has x followed by y at [x][y]. */
export function monoidOracle(
  codes: readonly number[],
  table: readonly (readonly number[])[],
  unit: number,
  how: LineOracle = {},
): number[] {
  return walk<number, number>(codes, { unit, join: (x, y) => (table[x] as readonly number[])[y] as number }, how);
}

type Matrix = readonly (readonly number[])[];

/** Each matrix times the product of those before it, over (+, x) or (max, +). */
export function matrixOracle(line: readonly Matrix[], k: number, tropical: boolean, how: LineOracle = {}): Matrix[] {
  const indices = Array.from({ length: k }, (_, i) => i);
  const entry = (m: Matrix, i: number, j: number) => (m[i] as readonly number[])[j] as number;
  const unit = indices.map((i) => indices.map((j) => (tropical ? (i === j ? 0 : -Infinity) : Number(i === j))));
  const join = (p: Matrix, m: Matrix): Matrix =>
    indices.map((i) =>
      indices.map((j) =>
        tropical
          ? Math.max(...indices.map((l) => entry(m, i, l) + entry(p, l, j)))
          : indices.reduce((sum, l) => sum + entry(m, i, l) * entry(p, l, j), 0),
      ),
    );
  return walk<Matrix, Matrix>(line, { unit, join }, how);
}
