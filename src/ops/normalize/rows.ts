/** Row-wise kernels over [outer, n, inner]: the CPU's know rows of adjacent f32, so others are put in that form and back. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import type { DType } from "../../tensor/dtype.js";
import { checkAxis, type Shape, sizeOfShape } from "../../tensor/shape.js";
import { narrowed, widened } from "../elementwise/binary-wasm.js";
import { moveOnCpu, wholeRegion } from "../movement/region.js";
import { chunkElements, chunksOf } from "../support/chunks.js";

export interface Rows {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

export function rowsAlong(op: string, shape: Shape, axis: unknown): Rows & { axis: number } {
  const along = checkAxis(op, "axis", axis, shape.length);
  return {
    axis: along,
    outer: sizeOfShape(shape.slice(0, along)),
    n: shape[along] as number,
    inner: sizeOfShape(shape.slice(along + 1)),
  };
}

type Run = WasmRun<CoreKernels>;

const isStored = (dtype: DType): boolean => dtype === "f16" || dtype === "bf16";

/** The source as adjacent rows of f32. */
export function rowsOnCpu(w: Run, src: WasmOperand, { outer, n, inner }: Rows): number {
  const ptr = isStored(src.dtype) ? widened(w, src) : src.ptr;
  if (inner === 1) return ptr;
  const rows = w.scratch(4 * src.size);
  moveOnCpu(w, "f32", ptr, rows, wholeRegion([outer, inner, n], [n * inner, 1, inner]));
  return rows;
}

/** Where a kernel may write adjacent rows of f32, and how they get into the result from there. */
export function rowsInto(w: Run, dst: WasmOperand, { outer, n, inner }: Rows): { ptr: number; finish(): void } {
  if (!isStored(dst.dtype) && inner === 1) return { ptr: dst.ptr, finish: () => undefined };
  const ptr = w.scratch(4 * dst.size);
  return {
    ptr,
    finish: () => {
      let from = ptr;
      if (inner > 1) {
        from = isStored(dst.dtype) ? w.scratch(4 * dst.size) : dst.ptr;
        moveOnCpu(w, "f32", ptr, from, wholeRegion([outer, n, inner], [n * inner, 1, n]));
      }
      if (isStored(dst.dtype)) narrowed(w, from, dst);
    },
  };
}

/** [row, rows] of pieces of about a chunk. */
export function rowChunks({ outer, n, inner }: Rows): (readonly [number, number])[] {
  return [...chunksOf(outer * inner, Math.max(1, Math.floor(chunkElements / Math.max(1, n))))];
}
