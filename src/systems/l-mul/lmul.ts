/** Elementwise L-Mul with broadcasting. */
import type { CallOptions } from "../../engine/operation.js";
import { defineOp } from "../../ops/define-op.js";
import { broadcastShapes, sizeOfShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastAxes } from "./broadcast.js";
import { type ElementwiseParams, elementwiseCalls, elementwiseGpu, elementwiseWork } from "./elementwise.js";
import { f32Format, type OperandDType } from "./format.js";
import { lmulGroup } from "./group.js";
import { widened } from "./operands.js";
import type { LMulOptions } from "./options.js";
import { checkCall, placementOf } from "./placement.js";
import { noteRawZeros, rawCounter } from "./raw-zeros.js";
import { resolveRule } from "./rule.js";
import { writeRule } from "./rule-block.js";
import { productGradient } from "./straight-through.js";

/**
 * r = L-Mul(a, b) element by element, shapes broadcast as in NumPy: |r| = |a| + |b| - offset on bit patterns.
 *
 * a and b: f32, bf16, f16, e4m3 or e5m2, not necessarily the same. The result is f32, or the operands' own 8-bit dtype
 * with `fp8Path: "native8"`. NaN, infinities and zeros: see `special`. Source: Luo and Sun 2024, Eq. 2.
 *
 * Under a tape, the gradients are those of ordinary products.
 *
 * @throws InputError, DTypeError or ShapeError naming the argument.
 * @example lmul(a, b) // 5 * 5 = 25, 3 * 4 = 12.5, 1 * 1 = 1.0625
 */
export const lmul = defineOp({
  name: "lmul",
  prepare: (a: Tensor, b: Tensor, options: LMulOptions & CallOptions = {}) => {
    checkCall("lmul", { a, b }, options);
    const rule = resolveRule("lmul", [a.dtype, b.dtype], options);
    const isNative = rule.format !== f32Format;
    const shape = broadcastShapes("lmul", [a.shape, b.shape], ["a", "b"]);
    const params: ElementwiseParams = {
      rule,
      use: {},
      axes: broadcastAxes(shape, a.shape, b.shape),
      size: sizeOfShape(shape),
      dtypes: [a.dtype as OperandDType, b.dtype as OperandDType],
      resultBytes: isNative ? 1 : 4,
      rawZeros: rawCounter(rule, a),
    };
    return {
      inputs: [a, b],
      names: ["a", "b"],
      outputs: [{ shape, dtype: isNative ? a.dtype : ("f32" as const) }],
      params,
      ...placementOf("lmul", options),
    };
  },
  work: elementwiseWork,
  wasm: {
    group: lmulGroup,
    inPlace: true,
    run(w, [a, b], [result], { rule, axes, size, rawZeros }) {
      if (!a || !b || !result || size === 0) return;
      noteRawZeros(w, rawZeros, rule, [a, b]);
      const isNative = rule.format !== f32Format;
      const pointers = [a, b].map((operand) => (isNative ? operand.ptr : widened(w, operand, false)));
      const [x, y] = pointers as [number, number];
      const calls = elementwiseCalls(axes, [x, y, result.ptr], isNative ? 1 : 4, [writeRule(w, rule)]);
      w.parallel(isNative ? "lmul_native_bytes" : "lmul_elementwise", calls);
    },
  },
  webgpu: elementwiseGpu,
  gradient: productGradient,
  bound: "bit-equal on every backend: integer arithmetic only",
});
