/**
 * cast(a, dtype): the same numbers in another dtype, rounded once. Any dtype to any other.
 *
 * To floats: to nearest, ties to even; overflow gives infinity (e4m3, which has none: NaN). To integers: towards zero, saturating at
 * the ends of the range, NaN gives 0; integers to narrower integers saturate too. NaN stays NaN between floats.
 */
import { InputError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { type DType, isDType, sizeOf } from "../tensor/dtype.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { placementOf } from "./support/call-options.js";
import { castOnCpu, castOnGpu } from "./support/cast-calls.js";

interface CastParams {
  readonly from: DType;
  readonly to: DType;
  readonly size: number;
}

export const cast = defineOp({
  name: "cast",
  prepare: (a: Tensor, dtype: DType, options: CallOptions = {}) => {
    assertTensor("cast", "a", a);
    if (!isDType(dtype)) throw new InputError("cast", "dtype", `is ${String(dtype)}, not a dtype`);
    const params: CastParams = { from: a.dtype, to: dtype, size: a.size };
    return {
      inputs: [a],
      names: ["a"],
      outputs: [{ shape: a.shape, dtype }],
      params,
      ...placementOf("cast", options),
    };
  },
  work: ({ from, to, size }: CastParams) => ({
    operations: size,
    bytes: size * (sizeOf(from) + sizeOf(to)),
    rate: "stream",
  }),
  wasm: { group: coreGroup, run: (w, [src], [dst], { size }) => castOnCpu(w, src!, dst!, size) },
  webgpu: {
    split: ({ from, to, size }) => ({
      units: size,
      inputBytes: [sizeOf(from)],
      outputBytes: [sizeOf(to)],
      narrow: (start, end) => ({ from, to, size: end - start }),
    }),
    encode: (g, [src], [dst], { from, to, size }) => castOnGpu(g, src!, dst!, from, to, size),
  },
  bound: "one rounding to nearest, ties to even; the same bits on every backend (a GPU may flush f32 subnormals)",
});
