/** The true derivative of the product: L-Mul is piecewise linear in each operand. */
import { UnsupportedError } from "../../backends/contract.js";
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
import { type Rule, resolveRule } from "./rule.js";
import { writeRule } from "./rule-block.js";

/** The rule of a product that has a derivative. */
export function slopeRule(op: string, x: Tensor, y: Tensor, options: LMulOptions): Rule {
  const rule = resolveRule(op, [x.dtype, y.dtype], options);
  if (rule.format !== f32Format) throw new UnsupportedError(op, "native8 products are steps and have no derivative");
  return rule;
}

/**
 * dL(x, y)/dx element by element, broadcast: sign(y) 2^(y_e + c), with c = 0, 1 or 2 carries of x_m + y_m + 2^-l (always 0
 * in the linear form). Dropping operands to k bits counts as the identity. At x = 0 it is the slope just above; a zero y
 * gives 0, a NaN gives NaN; clamps of the product are not seen. No gradient: the result counts as a constant.
 *
 * x, y: any operand dtype; the result is f32. Swap the arguments for the other derivative.
 * @throws InputError, DTypeError, ShapeError or UnsupportedError naming the argument.
 */
export const lmulSlope = defineOp({
  name: "lmulSlope",
  prepare: (x: Tensor, y: Tensor, options: LMulOptions & CallOptions = {}) => {
    checkCall("lmulSlope", { x, y }, options);
    const shape = broadcastShapes("lmulSlope", [x.shape, y.shape], ["x", "y"]);
    const params: ElementwiseParams = {
      rule: slopeRule("lmulSlope", x, y, options),
      use: { slope: true },
      axes: broadcastAxes(shape, x.shape, y.shape),
      size: sizeOfShape(shape),
      dtypes: [x.dtype as OperandDType, y.dtype as OperandDType],
      resultBytes: 4,
    };
    const placement = placementOf("lmulSlope", options);
    return { inputs: [x, y], names: ["x", "y"], outputs: [{ shape, dtype: "f32" as const }], params, ...placement };
  },
  work: elementwiseWork,
  gradient: { constant: "a slope is flat between its steps" },
  wasm: {
    group: lmulGroup,
    inPlace: true,
    run(w, [x, y], [result], { rule, use, axes, size }) {
      if (!x || !y || !result || size === 0) return;
      const pointers = [widened(w, x, false), widened(w, y, false), result.ptr] as const;
      w.parallel("lmul_slope", elementwiseCalls(axes, pointers, 4, [writeRule(w, rule, use)]));
    },
  },
  webgpu: elementwiseGpu,
  bound: "bit-equal on every backend: integer arithmetic only",
});
