/**
 * Reductions over any axes: sum, mean, prod, max, min, variance. Options: axes (one, several, or all when absent), keepDims.
 *
 * dtypes: f32; f16 and bf16 (folded wider, rounded once); f64 (CPU); sum, prod, max and min also i32 and u32, where sums and
 * products wrap. The result has the dtype of the argument. NaN anywhere gives NaN. Of no elements the sum is 0, the product 1, mean and
 * variance NaN; max and min are refused.
 *
 * The CPU folds floats in f64, in ranges of fixed size; the GPU in f32, by workgroup trees. Neither depends on the number of threads.
 */
import { InputError, ShapeError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { type CpuReduction, foldCodes, reduceOnCpu } from "./reduce/cpu.js";
import { reduceOnGpu } from "./reduce/gpu.js";
import { type AxesOptions, layoutOf, reducedShape, resolveAxes } from "./reduce/layout.js";
import { placementOf } from "./support/call-options.js";
import { arithmeticDTypes, checkDType, realDTypes } from "./support/formats.js";

export interface ReduceOptions extends CallOptions, AxesOptions {}

export interface VarianceOptions extends ReduceOptions {
  /** Taken off the count that the sum of squares is divided by; 0 by default, 1 for the unbiased estimate. */
  correction?: number;
}

export interface ReduceParams extends CpuReduction {
  readonly dtype: DType;
}

export type ReduceOp<O extends ReduceOptions = ReduceOptions> = Op<[a: Tensor, options?: O], ReduceParams>;

interface Definition {
  readonly code: number;
  readonly allowed: readonly DType[];
  readonly needsElements?: true;
  readonly divisor?: (n: number, options: VarianceOptions) => number;
  readonly bound: string;
}

const sumBound =
  "CPU: one rounding of the exact sum plus n 2^-53 sum|x|; GPU: (n / 256 + 16) 2^-24 sum|x| up to n = 16384, 80 2^-24 sum|x| beyond, per pass";

function reduction(
  name: string,
  { code, allowed, needsElements, divisor, bound }: Definition,
): ReduceOp<VarianceOptions> {
  return defineOp({
    name,
    prepare: (a: Tensor, options: VarianceOptions = {}) => {
      assertTensor(name, "a", a);
      checkDType(name, "a", a.dtype, allowed);
      const placement = placementOf(name, options);
      const axes = resolveAxes(name, options.axes, a.rank);
      const layout = layoutOf(a.shape, axes);
      if (needsElements && layout.n === 0) {
        throw new ShapeError(name, "a", { expected: "at least one element along the reduced axes", actual: a.shape });
      }
      const params: ReduceParams = {
        dtype: a.dtype,
        code,
        layout,
        ...(divisor ? { divisor: divisor(layout.n, options) } : {}),
      };
      return {
        inputs: [a],
        names: ["a"],
        outputs: [{ shape: reducedShape(a.shape, axes, options.keepDims), dtype: a.dtype }],
        params,
        ...placement,
      };
    },
    work: ({ dtype, layout }) => {
      const size = layout.outer * layout.n * layout.inner;
      return {
        operations: size * (code === foldCodes.deviations ? 3 : 1),
        bytes: (size + layout.outer * layout.inner) * sizeOf(dtype),
        launches: (layout.n > 16384 ? 2 : 1) * (code === foldCodes.deviations ? 2 : 1),
        rate: "stream",
      };
    },
    wasm: { group: coreGroup, run: (w, [src], [dst], params) => reduceOnCpu(w, src!, dst!, params) },
    webgpu: { encode: (g, [src], [dst], params) => reduceOnGpu(g, name, src!, dst!, params) },
    bound,
  });
}

function degreesOfFreedom(n: number, { correction = 0 }: VarianceOptions): number {
  if (!Number.isFinite(correction)) {
    throw new InputError("variance", "correction", `is ${String(correction)}; expected a finite number`);
  }
  return Math.max(0, n - correction);
}

/** The sum of the elements. */
export const sum: ReduceOp = reduction("sum", { code: foldCodes.sum, allowed: arithmeticDTypes, bound: sumBound });
/** The product of the elements. */
export const prod: ReduceOp = reduction("prod", {
  code: foldCodes.prod,
  allowed: arithmeticDTypes,
  bound: "CPU: one rounding of the product in f64 (its range too); GPU: n 2^-24 relative",
});
/** The greatest element. */
export const max: ReduceOp = reduction("max", {
  code: foldCodes.max,
  allowed: arithmeticDTypes,
  needsElements: true,
  bound: "exact",
});
/** The least element. */
export const min: ReduceOp = reduction("min", {
  code: foldCodes.min,
  allowed: arithmeticDTypes,
  needsElements: true,
  bound: "exact",
});
/** The sum over the count. */
export const mean: ReduceOp = reduction("mean", {
  code: foldCodes.sum,
  allowed: realDTypes,
  divisor: (n) => n,
  bound: `${sumBound}; all over n`,
});
/** The mean squared difference from the mean, in two passes: a large mean costs no digits. */
export const variance: ReduceOp<VarianceOptions> = reduction("variance", {
  code: foldCodes.deviations,
  allowed: realDTypes,
  divisor: degreesOfFreedom,
  bound:
    "CPU: one rounding plus n 2^-52 relative; GPU: the relative bound of a sum, 80 2^-24 and more, plus (|mean| 2^-22)^2",
});
