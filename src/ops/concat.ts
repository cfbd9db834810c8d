/**
 * concat(tensors, axis): the tensors one after the other along an existing axis. stack(tensors, axis): along a new one. All of one
 * dtype, any one; equal extents elsewhere. A copy.
 */
import { InputError, ShapeError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { checkAxis, type Shape, sameShape, sizeOfShape, stridesOf } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { moveOnCpu, moveOnGpu, type Region, tooManyLoops } from "./movement/region.js";
import { placementOf } from "./support/call-options.js";
import { checkSameDType } from "./support/formats.js";

export interface ConcatParams {
  readonly dtype: DType;
  /** One box of the result per tensor. */
  readonly regions: readonly Region[];
  readonly size: number;
}

const nameOf = (index: number): string => `tensors[${index}]`;

function checkTensors(op: string, tensors: readonly Tensor[]): asserts tensors is [Tensor, ...Tensor[]] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new InputError(op, "tensors", "must be an array of at least one tensor");
  }
  for (const [index, tensor] of tensors.entries()) {
    assertTensor(op, nameOf(index), tensor);
    checkSameDType(op, nameOf(index), tensor.dtype, "tensors[0]", (tensors[0] as Tensor).dtype);
  }
}

/** The result of shapes that agree but along `axis`. */
function joinedShape(op: string, shapes: readonly Shape[], axis: number): number[] {
  const [first] = shapes as [Shape];
  const joined = [...first];
  joined[axis] = 0;
  for (const [index, shape] of shapes.entries()) {
    const fits = shape.length === first.length && shape.every((extent, i) => i === axis || extent === first[i]);
    if (!fits) {
      const expected = first.map((extent, i) => (i === axis ? "n" : extent));
      throw new ShapeError(op, nameOf(index), { expected, actual: shape });
    }
    joined[axis] = (joined[axis] as number) + (shape[axis] as number);
  }
  return joined;
}

function prepareJoin(op: string, tensors: readonly Tensor[], shapes: readonly Shape[], axis: number) {
  const target = joinedShape(op, shapes, axis);
  let start = 0;
  const regions = shapes.map((shape): Region => {
    const at = target.map((_, i) => (i === axis ? start : 0));
    start += shape[axis] as number;
    return { shape, strides: stridesOf(shape), start: 0, target, at };
  });
  const dtype = (tensors[0] as Tensor).dtype;
  const params: ConcatParams = { dtype, regions, size: sizeOfShape(target) };
  return {
    inputs: tensors,
    names: tensors.map((_, index) => nameOf(index)),
    outputs: [{ shape: target, dtype }],
    params,
  };
}

const implementation = {
  work: ({ dtype, regions, size }: ConcatParams) => ({
    operations: 0,
    bytes: 2 * size * sizeOf(dtype),
    launches: regions.length,
    rate: "stream" as const,
  }),
  bound: "exact: stored bits are copied",
};

export const concat = defineOp({
  name: "concat",
  prepare: (tensors: readonly Tensor[], axis = 0, options: CallOptions = {}) => {
    checkTensors("concat", tensors);
    const along = checkAxis("concat", "axis", axis, tensors[0].rank);
    const shapes = tensors.map(({ shape }) => shape);
    return { ...prepareJoin("concat", tensors, shapes, along), ...placementOf("concat", options) };
  },
  ...implementation,
  wasm: {
    group: coreGroup,
    run: (w, inputs, [dst], { dtype, regions }) => {
      for (const [i, region] of regions.entries()) moveOnCpu(w, dtype, inputs[i]!.ptr, dst!.ptr, region);
    },
  },
  webgpu: {
    unsupported: (_, { regions }) => regions.map(tooManyLoops).find(Boolean),
    encode: (g, inputs, [dst], { dtype, regions }) => {
      for (const [i, region] of regions.entries()) moveOnGpu(g, "concat", dtype, inputs[i]!, dst!, region);
    },
  },
});

export const stack = defineOp({
  ...concat.spec,
  name: "stack",
  prepare: (tensors: readonly Tensor[], axis = 0, options: CallOptions = {}) => {
    checkTensors("stack", tensors);
    const [{ shape, rank }] = tensors;
    const along = checkAxis("stack", "axis", axis, rank + 1);
    for (const [index, tensor] of tensors.entries()) {
      if (!sameShape(tensor.shape, shape)) {
        throw new ShapeError("stack", nameOf(index), { expected: shape, actual: tensor.shape });
      }
    }
    const shapes = tensors.map(() => shape.toSpliced(along, 0, 1));
    return { ...prepareJoin("stack", tensors, shapes, along), ...placementOf("stack", options) };
  },
});
