/** Operations that fill a whole result from one source by strides: what they need beyond their own check of arguments. */
import { coreGroup } from "../../backends/wasm/core-group.js";
import type { OpSpec, PreparedCall } from "../../engine/operation.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { sizeOfShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { moveOnCpu, moveOnGpu, type Region, tooManyLoops } from "./region.js";

export interface RearrangeParams {
  readonly dtype: DType;
  readonly region: Region;
}

/** @param regionOf checks the arguments and says where the result's elements come from */
export function rearrangement<Args extends readonly unknown[]>(
  name: string,
  regionOf: (...args: Args) => { a: Tensor; options: CallOptions; region: Region },
): Op<Args, RearrangeParams> {
  const spec: OpSpec<Args, RearrangeParams> = {
    name,
    prepare: (...args: Args): PreparedCall<RearrangeParams> => {
      const { a, options, region } = regionOf(...args);
      return {
        inputs: [a],
        names: ["a"],
        outputs: [{ shape: region.target, dtype: a.dtype }],
        params: { dtype: a.dtype, region },
        ...placementOf(name, options),
      };
    },
    work: ({ dtype, region }) => ({
      operations: 0,
      bytes: 2 * sizeOfShape(region.target) * sizeOf(dtype),
      rate: "stream",
    }),
    wasm: {
      group: coreGroup,
      run: (w, [src], [dst], { dtype, region }) =>
        moveOnCpu(w as Parameters<typeof moveOnCpu>[0], dtype, src!.ptr, dst!.ptr, region),
    },
    webgpu: {
      unsupported: (_, { region }) => tooManyLoops(region),
      encode: (g, [src], [dst], { dtype, region }) => moveOnGpu(g, name, dtype, src!, dst!, region),
    },
    bound: "exact: stored bits are copied",
  };
  return defineOp(spec);
}
