/** Reductions over axes: the elements of each result are gathered, then folded as the definition says. */
import { fromIndices, indicesOf, type OracleTensor } from "./movement.js";

/** The elements that fall together when `axes` are reduced, in row-major order of the reduced axes. */
function groupsOf(
  a: OracleTensor,
  axes: readonly number[],
  keepDims: boolean,
): { shape: number[]; groups: number[][] } {
  const kept = a.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const shape = kept.map((axis) => a.shape[axis] as number);
  const groups = indicesOf(shape).map((): number[] => []);
  indicesOf(a.shape).forEach((index, at) => {
    const place = kept.reduce((sum, axis) => sum * (a.shape[axis] as number) + (index[axis] as number), 0);
    (groups[place] as number[]).push(a.values[at] as number);
  });
  const kept1 = a.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return { shape: keepDims ? kept1 : shape, groups };
}

export function reduceOracle(
  a: OracleTensor,
  axes: readonly number[],
  fold: (elements: readonly number[]) => number,
  keepDims = false,
): OracleTensor {
  const { shape, groups } = groupsOf(a, axes, keepDims);
  return { shape, values: groups.map((elements) => fold(elements)) };
}

/** Neumaier's sum (1974): the rounding errors are summed as well. */
export function exactSum(elements: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const x of elements) {
    const next = sum + x;
    if (!Number.isFinite(next)) return elements.reduce((p, q) => p + q, 0);
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
}

const meanOf = (x: readonly number[]): number => exactSum(x) / x.length;

/** The folds of src/ops/reduce.ts and src/ops/arg.ts. */
export const foldOracle = {
  sum: exactSum,
  mean: meanOf,
  prod: (x: readonly number[]) => x.reduce((p, q) => p * q, 1),
  max: (x: readonly number[]) => x.reduce((p, q) => Math.max(p, q), -Infinity),
  min: (x: readonly number[]) => x.reduce((p, q) => Math.min(p, q), Infinity),
  variance: (x: readonly number[], correction = 0) => {
    const mean = meanOf(x);
    return exactSum(x.map((value) => (value - mean) ** 2)) / Math.max(0, x.length - correction);
  },
  argmax: (x: readonly number[]) => placeOf(x, Math.max(...x)),
  argmin: (x: readonly number[]) => placeOf(x, Math.min(...x)),
  logsumexp: (x: readonly number[]) => {
    const top = Math.max(...x);
    if (Math.abs(top) === Infinity || Number.isNaN(top)) return top;
    return top + Math.log(exactSum(x.map((value) => Math.exp(value - top))));
  },
};

/** The first NaN, or the first element that equals `wanted`. */
function placeOf(x: readonly number[], wanted: number): number {
  const nan = x.findIndex((value) => Number.isNaN(value));
  return nan >= 0 ? nan : x.indexOf(wanted);
}

/** f of each line of elements along an axis. */
export function alongAxisOracle(
  a: OracleTensor,
  axis: number,
  f: (line: readonly number[]) => readonly number[],
): OracleTensor {
  const lines = new Map<string, readonly number[]>();
  return fromIndices(a.shape, (index) => {
    const key = index.with(axis, 0).join();
    let line = lines.get(key);
    if (!line) {
      const elements = Array.from({ length: a.shape[axis] as number }, (_, i) => {
        const at = index.with(axis, i).reduce((sum, j, d) => sum * (a.shape[d] as number) + j, 0);
        return a.values[at] as number;
      });
      line = f(elements);
      lines.set(key, line);
    }
    return line[index[axis] as number] as number;
  });
}

export const softmaxOracle = (x: readonly number[]): number[] => logSoftmaxOracle(x).map((y) => Math.exp(y));

export function logSoftmaxOracle(x: readonly number[]): number[] {
  const total = foldOracle.logsumexp(x);
  return x.map((value) => value - total);
}

/** (x - mean) / sqrt(variance + eps) weight + bias, or x / sqrt(mean of squares + eps) weight. */
export function normOracle(
  x: readonly number[],
  {
    centred,
    eps,
    weight,
    bias,
  }: { centred: boolean; eps: number; weight?: ArrayLike<number>; bias?: ArrayLike<number> },
): number[] {
  const mean = centred ? meanOf(x) : 0;
  const scale = 1 / Math.sqrt(meanOf(x.map((value) => (value - mean) ** 2)) + eps);
  return x.map((value, i) => (value - mean) * scale * (weight?.[i] ?? 1) + (bias?.[i] ?? 0));
}
