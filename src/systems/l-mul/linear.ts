/** Linear layers with L-Mul products. */
import { ShapeError } from "../../backends/contract.js";
import { defineOp } from "../../ops/define-op.js";
import { sizeOfShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastAxes } from "./broadcast.js";
import type { OperandDType } from "./format.js";
import { lmulGroup } from "./group.js";
import { accumulation, checkBias, type LMulMatmulOptions, matmulWork, sumBound } from "./matmul.js";
import { runMatmul } from "./matmul-cpu.js";
import { matmulGpu } from "./matmul-gpu.js";
import type { MatmulParams } from "./matmul-params.js";
import { checkCall, placementOf } from "./placement.js";
import { rawCounter } from "./raw-zeros.js";
import { resolveRule } from "./rule.js";
import { linearGradient } from "./straight-through.js";

/**
 * A linear layer with L-Mul products: y = x W^T + bias for x [..., k], weight [n, k] and an optional bias [n] in f32.
 * Under a tape, the gradients are those of ordinary products.
 * @throws InputError, DTypeError or ShapeError naming the argument.
 */
export const lmulLinear = defineOp({
  name: "lmulLinear",
  prepare: (x: Tensor, weight: Tensor, options: Omit<LMulMatmulOptions, "transposeA" | "transposeB"> = {}) => {
    checkCall("lmulLinear", { x, weight }, options);
    if (x.rank < 1) throw new ShapeError("lmulLinear", "x", { expected: "at least one axis", actual: x.shape });
    if (weight.rank !== 2 || weight.shape[1] !== x.shape.at(-1)) {
      throw new ShapeError("lmulLinear", "weight", { expected: ["n", x.shape.at(-1) as number], actual: weight.shape });
    }
    const [rows, k, n] = [sizeOfShape(x.shape.slice(0, -1)), x.shape.at(-1) as number, weight.shape[0] as number];
    if (options.bias !== undefined) checkBias("lmulLinear", options.bias, n);
    const rule = resolveRule("lmulLinear", [x.dtype, weight.dtype], options);
    const params: MatmulParams = {
      rule,
      use: accumulation("lmulLinear", options),
      m: rows,
      n,
      k,
      transposeA: false,
      transposeB: true,
      axes: broadcastAxes([], [], []),
      batch: 1,
      dtypes: [x.dtype as OperandDType, weight.dtype as OperandDType],
      hasBias: options.bias !== undefined,
      rawZeros: rawCounter(rule, x),
    };
    return {
      inputs: options.bias ? [x, weight, options.bias] : [x, weight],
      names: ["x", "weight", "bias"],
      outputs: [{ shape: [...x.shape.slice(0, -1), n], dtype: "f32" as const }],
      params,
      ...placementOf("lmulLinear", options),
    };
  },
  work: matmulWork,
  wasm: { group: lmulGroup, run: runMatmul },
  webgpu: matmulGpu,
  gradient: linearGradient,
  bound: sumBound,
});
