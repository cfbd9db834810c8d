/**
 * clamp(a, low, high): min(max(a, low), high), element by element. Of f32, f16, bf16, f64, i32, u32; the bounds are numbers, infinite
 * ones mean no bound. NaN stays NaN. Exact, bounds rounded to the dtype (those of integers inwards).
 */
import { InputError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { packParams } from "../backends/webgpu/run.js";
import { source as shader } from "../generated/shaders/unary.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { runUnary } from "./elementwise/unary-wasm.js";
import { placementOf } from "./support/call-options.js";
import { arithmeticDTypes, checkDType, formatOf } from "./support/formats.js";
import { blocksOf, groupsFor } from "./support/gpu.js";
import { integerRange } from "./support/values.js";

/** Its number among the functions of assembly/elementwise/unary.ts and shaders/unary.wgsl. */
const code = 5;

interface ClampParams {
  readonly dtype: DType;
  readonly size: number;
  readonly low: number;
  readonly high: number;
}

/** The bounds as the dtype holds them. */
function boundsIn(dtype: DType, low: number, high: number): { low: number; high: number } {
  const range = integerRange(dtype);
  if (!range) return { low, high };
  const within = (x: number) => Math.min(Math.max(x, range[0]), range[1]);
  return { low: within(Math.ceil(low)), high: within(Math.floor(high)) };
}

export const clamp = defineOp({
  name: "clamp",
  prepare: (a: Tensor, low: number, high: number, options: CallOptions = {}) => {
    assertTensor("clamp", "a", a);
    checkDType("clamp", "a", a.dtype, arithmeticDTypes);
    if (!(low <= high)) throw new InputError("clamp", "low, high", `are ${low}, ${high}; expected low <= high`);
    const params: ClampParams = { dtype: a.dtype, size: a.size, ...boundsIn(a.dtype, low, high) };
    return {
      inputs: [a],
      names: ["a"],
      outputs: [{ shape: a.shape, dtype: a.dtype }],
      params,
      ...placementOf("clamp", options),
    };
  },
  work: ({ dtype, size }: ClampParams) => ({ operations: size, bytes: 2 * size * sizeOf(dtype), rate: "stream" }),
  wasm: {
    group: coreGroup,
    inPlace: true,
    run: (w, [src], [dst], { low, high }) => {
      const f64 = (x: number) => Math.min(Math.max(x, low), high);
      runUnary(w, src!, dst!, { row: { code, f64 }, p: low, q: high });
    },
  },
  webgpu: {
    split: (params) => ({
      units: params.size,
      inputBytes: [sizeOf(params.dtype)],
      outputBytes: [sizeOf(params.dtype)],
      narrow: (start, end) => ({ ...params, size: end - start }),
    }),
    encode: (g, inputs, outputs, { dtype, size, low, high }) => {
      const blocks = blocksOf(size * sizeOf(dtype));
      const isInteger = dtype === "i32" || dtype === "u32";
      const bits = (x: number) => (isInteger ? x >>> 0 : { f32: x });
      g.dispatch({
        label: "clamp",
        shader,
        constants: { OP: `${code}u`, FORMAT: `${formatOf(dtype)}u` },
        params: packParams(blocks, bits(low), bits(high), 0, 0, 0),
        bindings: [...inputs, ...outputs],
        groups: groupsFor(Math.ceil(blocks / 2)),
      });
    },
  },
  bound: "exact",
});
