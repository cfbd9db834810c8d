/** fill(engine, shape, value): a tensor of one number, in any dtype (f32 by default). Exact after one rounding of the value. No gradient. */
import { InputError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { packParams } from "../backends/webgpu/run.js";
import type { TensorHost } from "../engine/tensor-host.js";
import { source as shader } from "../generated/shaders/fill.js";
import { type DType, isDType, sizeOf } from "../tensor/dtype.js";
import { checkShape, type Shape, sizeOfShape } from "../tensor/shape.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { assertEngine, placementOf } from "./support/call-options.js";
import { chunksOf } from "./support/chunks.js";
import { blocksOf, groupsFor } from "./support/gpu.js";
import { patternOf } from "./support/values.js";

interface FillParams {
  readonly bytes: number;
  /** Eight bytes of copies of the element. */
  readonly pattern: readonly [number, number];
}

const chunkBytes = 2 ** 20;

export const fill = defineOp({
  name: "fill",
  prepare: (engine: TensorHost, shape: Shape, value: number, options: CallOptions & { dtype?: DType } = {}) => {
    assertEngine("fill", engine);
    const placement = placementOf("fill", options);
    const { dtype = "f32" } = options;
    if (!isDType(dtype)) throw new InputError("fill", "dtype", `is ${String(dtype)}, not a dtype`);
    checkShape("fill", "shape", shape);
    const params: FillParams = {
      bytes: sizeOfShape(shape) * sizeOf(dtype),
      pattern: patternOf("fill", "value", value, dtype),
    };
    return { engine, inputs: [], outputs: [{ shape, dtype }], params, ...placement };
  },
  work: ({ bytes }: FillParams) => ({ operations: 0, bytes, rate: "stream" }),
  wasm: {
    group: coreGroup,
    run: (w, _, [dst], { bytes, pattern }) =>
      w.parallel(
        "fill",
        [...chunksOf(bytes, chunkBytes)].map(([start, count]) => [dst!.ptr + start, count, ...pattern]),
      ),
  },
  webgpu: {
    split: ({ bytes, pattern }) => ({
      units: Math.ceil(bytes / 16),
      inputBytes: [],
      outputBytes: [16],
      narrow: (start, end) => ({ bytes: 16 * (end - start), pattern }),
    }),
    encode: (g, _, outputs, { bytes, pattern }) =>
      g.dispatch({
        label: "fill",
        shader,
        params: packParams(blocksOf(bytes), pattern[0] >>> 0, pattern[1] >>> 0, 0, 0, 0),
        bindings: outputs,
        groups: groupsFor(blocksOf(bytes)),
      }),
  },
  bound: "exact",
});
