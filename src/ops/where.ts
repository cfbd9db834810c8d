/**
 * where(condition, a, b): a where the condition (u8) is not 0, else b; all three broadcast. a and b have the same dtype, any one.
 * Stored bits are copied: exact, NaN payloads included.
 */
import { coreGroup } from "../backends/wasm/core-group.js";
import { source as shader } from "../generated/shaders/where.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { broadcastShapes, sizeOfShape } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { splitBroadcast } from "./elementwise/broadcast-call.js";
import { broadcastParams, walkConstants } from "./elementwise/broadcast-gpu.js";
import { placementOf } from "./support/call-options.js";
import { checkDType, checkSameDType, formatOf } from "./support/formats.js";
import { blocksOf, groupsFor } from "./support/gpu.js";
import { broadcastLoops, type Loop, nestCalls } from "./support/nest.js";

interface WhereParams {
  readonly dtype: DType;
  readonly size: number;
  readonly loops: readonly Loop[];
}

const names = ["condition", "a", "b"];

export const where = defineOp({
  name: "where",
  prepare: (condition: Tensor, a: Tensor, b: Tensor, options: CallOptions = {}) => {
    const inputs = [condition, a, b];
    inputs.forEach((tensor, i) => {
      assertTensor("where", names[i] as string, tensor);
    });
    checkDType("where", "condition", condition.dtype, ["u8"]);
    checkSameDType("where", "b", b.dtype, "a", a.dtype);
    const shapes = inputs.map((tensor) => tensor.shape);
    const shape = broadcastShapes("where", shapes, names);
    const params: WhereParams = {
      dtype: a.dtype,
      size: sizeOfShape(shape),
      loops: broadcastLoops("where", shape, shapes),
    };
    return { inputs, names, outputs: [{ shape, dtype: a.dtype }], params, ...placementOf("where", options) };
  },
  work: ({ size, dtype }: WhereParams) => ({
    operations: size,
    bytes: size * (1 + 3 * sizeOf(dtype)),
    rate: "stream",
  }),
  wasm: {
    group: coreGroup,
    // An operand of the result's size walks like the result: every element is read before its place is written.
    inPlace: true,
    run: (w, [condition, a, b], [dst], { dtype, loops }) => {
      const bytes = sizeOf(dtype);
      const steps = (loops[0] as Loop).strides;
      w.parallel(
        "where",
        nestCalls(w, loops, [1, bytes, bytes]).map(({ nest, state, row, rows, n, done, skip }) => [
          bytes,
          nest,
          state,
          condition!.ptr + (skip[0] as number),
          a!.ptr + (skip[1] as number) * bytes,
          b!.ptr + (skip[2] as number) * bytes,
          dst!.ptr + done * bytes,
          row,
          rows,
          n,
          ...steps,
        ]),
      );
    },
  },
  webgpu: {
    split: (params) => {
      const bytes = sizeOf(params.dtype);
      return splitBroadcast(params, [1, bytes, bytes], bytes);
    },
    encode: (g, inputs, outputs, { dtype, size, loops }) => {
      const blocks = blocksOf(size * sizeOf(dtype));
      g.dispatch({
        label: "where",
        shader,
        constants: { FORMAT: `${formatOf(dtype)}u`, ...walkConstants(loops) },
        params: broadcastParams(blocks, loops),
        bindings: [...inputs, ...outputs],
        groups: groupsFor(blocks),
      });
    },
  },
  bound: "exact",
});
