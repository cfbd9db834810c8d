/**
 * pad(a, widths): `before` and `after` elements of a constant (0 by default) around a, per axis. Any dtype; a copy. Negative widths are
 * refused: slice takes away.
 */
import { InputError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { checkShape, sizeOfShape, stridesOf } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { moveOnCpu, moveOnGpu, type Region, tooManyLoops } from "./movement/region.js";
import { placementOf } from "./support/call-options.js";
import { patternOf } from "./support/values.js";

export interface PadOptions extends CallOptions {
  value?: number;
}

export interface PadParams {
  readonly dtype: DType;
  readonly region: Region;
  readonly pattern: readonly [number, number];
}

export const pad = defineOp({
  name: "pad",
  prepare: (a: Tensor, widths: readonly (readonly [before: number, after: number])[], options: PadOptions = {}) => {
    assertTensor("pad", "a", a);
    const placement = placementOf("pad", options);
    const isPairs = Array.isArray(widths) && widths.length === a.rank && widths.every((pair) => pair?.length === 2);
    if (!isPairs) throw new InputError("pad", "widths", `must be ${a.rank} pairs [before, after], one per axis`);
    for (const width of widths.flat()) {
      if (!Number.isInteger(width) || width < 0) {
        throw new InputError("pad", "widths", `has ${String(width)}; expected integers that are not negative`);
      }
    }
    const target = a.shape.map((extent, axis) => extent + widths[axis]![0] + widths[axis]![1]);
    checkShape("pad", "widths", target);
    const at = widths.map(([before]) => before);
    const params: PadParams = {
      dtype: a.dtype,
      region: { shape: a.shape, strides: stridesOf(a.shape), start: 0, target, at },
      pattern: patternOf("pad", "value", options.value ?? 0, a.dtype),
    };
    return { inputs: [a], names: ["a"], outputs: [{ shape: target, dtype: a.dtype }], params, ...placement };
  },
  work: ({ dtype, region }: PadParams) => ({
    operations: 0,
    bytes: (sizeOfShape(region.shape) + sizeOfShape(region.target)) * sizeOf(dtype),
    rate: "stream",
  }),
  wasm: {
    group: coreGroup,
    run: (w, [src], [dst], { dtype, region, pattern }) => {
      w.kernels.fill(dst!.ptr, sizeOfShape(region.target) * sizeOf(dtype), ...pattern);
      moveOnCpu(w, dtype, src!.ptr, dst!.ptr, region);
    },
  },
  webgpu: {
    unsupported: (_, { region }) => tooManyLoops(region),
    encode: (g, [src], [dst], { dtype, region, pattern }) => {
      const mask = sizeOf(dtype) === 4 ? 0xffffffff : sizeOf(dtype) === 2 ? 0xffff : 0xff;
      moveOnGpu(g, "pad", dtype, src!, dst!, region, { fill: (pattern[0] & mask) >>> 0 });
    },
  },
  bound: "exact: stored bits are copied",
});
