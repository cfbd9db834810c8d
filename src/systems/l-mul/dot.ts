/** Dot products of vectors with L-Mul. */
import { ShapeError } from "../../backends/contract.js";
import type { CallOptions } from "../../engine/operation.js";
import { defineOp } from "../../ops/define-op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastAxes } from "./broadcast.js";
import type { OperandDType } from "./format.js";
import { lmulGroup } from "./group.js";
import { accumulation, matmulWork, sumBound } from "./matmul.js";
import { runMatmul } from "./matmul-cpu.js";
import { matmulGpu } from "./matmul-gpu.js";
import type { MatmulParams } from "./matmul-params.js";
import type { LMulSumOptions } from "./options.js";
import { checkCall, placementOf } from "./placement.js";
import { rawCounter } from "./raw-zeros.js";
import { resolveRule } from "./rule.js";
import { productGradient } from "./straight-through.js";

/**
 * The sum of L-Mul(a[i], b[i]) over two vectors of one length, as a tensor of shape [].
 * Under a tape, the gradients are those of ordinary products.
 * @throws InputError, DTypeError or ShapeError naming the argument.
 */
export const lmulDot = defineOp({
  name: "lmulDot",
  prepare: (a: Tensor, b: Tensor, options: LMulSumOptions & CallOptions = {}) => {
    checkCall("lmulDot", { a, b }, options);
    if (a.rank !== 1) throw new ShapeError("lmulDot", "a", { expected: ["k"], actual: a.shape });
    if (b.rank !== 1 || b.size !== a.size)
      throw new ShapeError("lmulDot", "b", { expected: [a.size], actual: b.shape });
    const rule = resolveRule("lmulDot", [a.dtype, b.dtype], options);
    const params: MatmulParams = {
      rule,
      use: accumulation("lmulDot", options),
      m: 1,
      n: 1,
      k: a.size,
      transposeA: false,
      transposeB: true,
      axes: broadcastAxes([], [], []),
      batch: 1,
      dtypes: [a.dtype as OperandDType, b.dtype as OperandDType],
      hasBias: false,
      rawZeros: rawCounter(rule, a),
    };
    const placement = placementOf("lmulDot", options);
    return { inputs: [a, b], names: ["a", "b"], outputs: [{ shape: [], dtype: "f32" as const }], params, ...placement };
  },
  work: matmulWork,
  wasm: { group: lmulGroup, run: runMatmul },
  webgpu: matmulGpu,
  gradient: productGradient,
  bound: sumBound,
});
