/** How far L-Mul products are from exact ones, over the caller's own numbers. Host side, in double precision. */
import { InputError, ShapeError } from "../../backends/contract.js";
import { decodeArray, encodeArray } from "../../tensor/codecs.js";
import { f32Format, type OperandDType } from "./format.js";
import type { LMulOptions } from "./options.js";
import { f32OfBits, productOfCodes, reduceCode } from "./product.js";
import { resolveRule } from "./rule.js";

export interface ErrorStatistics {
  readonly count: number;
  /** Pairs whose exact product is 0, infinite or NaN: in no figure of relative error. */
  readonly skipped: number;
  /** Mean of (product - exact) / exact. */
  readonly meanRelative: number;
  readonly rmsRelative: number;
  readonly minRelative: number;
  readonly maxRelative: number;
  /** Mean of (product - exact)^2 over the finite pairs. */
  readonly meanSquared: number;
  readonly histogram: Histogram;
}

/** Relative errors in equal bins over [from, to); what lies outside is counted in the end bins. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

export interface StatisticsOptions extends LMulOptions {
  /** What both operands are rounded to first. The exact product is that of the numbers as given. Default f32. */
  dtype?: OperandDType;
  /** "multiply" measures ordinary multiplication of the rounded operands: the fp8 and bf16 baselines. Default "lmul". */
  product?: "lmul" | "multiply";
  /** Bins of the histogram over [-0.25, 0.25); default 50. */
  bins?: number;
}

const RANGE = 0.25;

/**
 * Error statistics over the pairs (a[i], b[i]).
 * @throws ShapeError when the lengths differ, InputError for an option out of range.
 * @example errorStatistics(weights, activations, { k: 4 }).rmsRelative
 */
export function errorStatistics(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: StatisticsOptions = {},
): ErrorStatistics {
  if (a.length !== b.length) {
    throw new ShapeError("errorStatistics", "b", { expected: [a.length], actual: [b.length] });
  }
  const multiply = productFunction(options);
  return summarise(a, b, multiply(a, b), options.bins ?? 50);
}

type ArrayProduct = (a: ArrayLike<number>, b: ArrayLike<number>) => Float64Array;

function productFunction(options: StatisticsOptions): ArrayProduct {
  const { dtype = "f32", product = "lmul" } = options;
  const rule = resolveRule("errorStatistics", [dtype, dtype], options);
  const rounded = (values: ArrayLike<number>): Float32Array =>
    dtype === "f32" ? Float32Array.from(values) : decodeArray(dtype, encodeArray(dtype, values, { saturate: true }));
  if (product === "multiply") {
    return (a, b) => {
      const y = rounded(b);
      return Float64Array.from(rounded(a), (x, i) => x * (y[i] as number));
    };
  }
  const isContainer = rule.format === f32Format;
  const codes = (values: ArrayLike<number>): ArrayLike<number> =>
    isContainer || dtype === "f32"
      ? new Uint32Array(rounded(values).buffer)
      : encodeArray(dtype, values, { saturate: true });
  return (a, b) => {
    const x = codes(a);
    const y = codes(b);
    const result = new Uint32Array(a.length);
    for (let i = 0; i < a.length; i++) {
      result[i] = productOfCodes(rule, reduceCode(rule, x[i] as number), reduceCode(rule, y[i] as number));
    }
    return isContainer || dtype === "f32"
      ? Float64Array.from(result, f32OfBits)
      : Float64Array.from(decodeArray(dtype, result));
  };
}

function summarise(a: ArrayLike<number>, b: ArrayLike<number>, products: Float64Array, bins: number): ErrorStatistics {
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw new InputError("errorStatistics", "bins", `is ${bins}; expected an integer >= 1`);
  }
  const counts = new Array<number>(bins).fill(0);
  let [count, finite, sum, squares, min, max, absolute] = [0, 0, 0, 0, Infinity, -Infinity, 0];
  for (let i = 0; i < products.length; i++) {
    const exact = (a[i] as number) * (b[i] as number);
    const error = (products[i] as number) - exact;
    if (!Number.isFinite(error)) continue;
    finite++;
    absolute += error * error;
    if (exact === 0) continue;
    const relative = error / exact;
    count++;
    sum += relative;
    squares += relative * relative;
    if (relative < min) min = relative;
    if (relative > max) max = relative;
    const bin = Math.floor(((relative + RANGE) / (2 * RANGE)) * bins);
    counts[Math.min(Math.max(bin, 0), bins - 1)]! += 1;
  }
  const over = (total: number, n: number): number => (n === 0 ? Number.NaN : total / n);
  return {
    count,
    skipped: products.length - count,
    meanRelative: over(sum, count),
    rmsRelative: Math.sqrt(over(squares, count)),
    minRelative: count === 0 ? Number.NaN : min,
    maxRelative: count === 0 ? Number.NaN : max,
    meanSquared: over(absolute, finite),
    histogram: { from: -RANGE, to: RANGE, counts },
  };
}
