/**
 * Nests of loops over several operands of different strides: broadcasting and movement, collapsed to as few loops as there
 * are changes of rhythm. The CPU kernels read a nest from memory (assembly/common/nest.ts), the shaders from their Params.
 */
import { InputError } from "../../backends/contract.js";
import type { WasmRun } from "../../backends/wasm/group.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import { type Shape, stridesOf } from "../../tensor/shape.js";
import { chunkElements, chunksOf } from "./chunks.js";

/** One loop, with the step of every operand in elements. */
export interface Loop {
  readonly extent: number;
  readonly strides: readonly number[];
}

/** Loops of the kernels' counters and of the shaders' Params. */
export const maxLoops = 8;

/** Strides of an operand in the loops of a broadcast result: 0 where it is repeated. */
export function broadcastStrides(shape: Shape, operand: Shape): number[] {
  const own = stridesOf(operand);
  const missing = shape.length - operand.length;
  return shape.map((_, axis) =>
    axis < missing || operand[axis - missing] === 1 ? 0 : (own[axis - missing] as number),
  );
}

/**
 * The loops over `shape`, innermost first, merged where all operands step on evenly. At least one loop.
 * @throws InputError when more than 8 remain
 */
export function collapse(op: string, shape: Shape, strides: readonly (readonly number[])[]): readonly Loop[] {
  const loops: { extent: number; strides: number[] }[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    if (extent === 1) continue;
    const steps = strides.map((operand) => operand[axis] as number);
    const last = loops.at(-1);
    if (last?.strides.every((step, i) => step * last.extent === steps[i])) last.extent *= extent;
    else loops.push({ extent, strides: steps });
  }
  if (loops.length > maxLoops) {
    throw new InputError(op, "shape", `[${shape.join(", ")}] has ${loops.length} separate axes; at most 8 are handled`);
  }
  return loops.length > 0 ? loops : [{ extent: 1, strides: strides.map(() => 0) }];
}

/** The loops of operands that broadcast to `shape`. */
export function broadcastLoops(op: string, shape: Shape, operands: readonly Shape[]): readonly Loop[] {
  return collapse(
    op,
    shape,
    operands.map((operand) => broadcastStrides(shape, operand)),
  );
}

const stateBytes = 128;

/** Writes the outer loops for the kernels: [rank, 3 x -], then per loop [extent, 3 x -, 4 strides in bytes]. */
function writeNest(w: WasmRun<CoreKernels>, ptr: number, outer: readonly Loop[], bytes: readonly number[]): void {
  const view = w.bytes(ptr, 16 + 32 * outer.length);
  const words = new Int32Array(view.buffer, view.byteOffset, 4 + 8 * outer.length).fill(0);
  words[0] = outer.length;
  outer.forEach(({ extent, strides }, d) => {
    words[4 + 8 * d] = extent;
    strides.forEach((stride, operand) => {
      words[8 + 8 * d + operand] = stride * (bytes[operand] as number);
    });
  });
}

/** One kernel call: which rows, from where, how long. */
export interface NestCall {
  readonly nest: number;
  /** Memory that the call has to itself. */
  readonly state: number;
  readonly row: number;
  readonly rows: number;
  /** Elements of a row. */
  readonly n: number;
  /** Elements of the result before this call's first. */
  readonly done: number;
  /** Elements to advance each operand by before the call: only pieces of a single row have any. */
  readonly skip: readonly number[];
}

/** Cuts a nest into calls of about a chunk each; `bytes` are the operands' element sizes. */
export function nestCalls(w: WasmRun<CoreKernels>, loops: readonly Loop[], bytes: readonly number[]): NestCall[] {
  const [inner, ...outer] = loops as [Loop, ...Loop[]];
  const rows = outer.reduce((product, { extent }) => product * extent, 1);
  const perCall = Math.max(1, Math.floor(chunkElements / Math.max(1, inner.extent)));
  const pieces = outer.length === 0 ? [...chunksOf(inner.extent)] : [...chunksOf(rows, perCall)];
  const nestBytes = 16 + 32 * outer.length;
  const nest = w.scratch(nestBytes + stateBytes * pieces.length);
  writeNest(w, nest, outer, bytes);
  return pieces.map(([start, count], i) => ({
    nest,
    state: nest + nestBytes + stateBytes * i,
    ...(outer.length === 0
      ? { row: 0, rows: 1, n: count, done: start, skip: inner.strides.map((step) => step * start) }
      : { row: start, rows: count, n: inner.extent, done: start * inner.extent, skip: inner.strides.map(() => 0) }),
  }));
}

/** The loops as a shader's `dims: array<vec4u, 8>`: extent and up to three strides each. */
export function packLoops(loops: readonly Loop[]): number[] {
  const words = new Array<number>(4 * maxLoops).fill(0);
  loops.forEach(({ extent, strides }, d) => {
    words[4 * d] = extent;
    strides.forEach((stride, operand) => {
      words[4 * d + 1 + operand] = stride >>> 0;
    });
  });
  return words;
}

/** How an operand walks, as the shaders' MODE constants: 0 like the result, 1 not at all, 2 by its strides. */
export function walkOf(loops: readonly Loop[], operand: number): 0 | 1 | 2 {
  if (loops.every(({ strides }) => strides[operand] === 0)) return 1;
  return loops.length === 1 && loops[0]?.strides[operand] === 1 ? 0 : 2;
}

/** The outermost loop cut to [start, end): how a broadcast call is split under the binding limit. */
export function narrowLoops(loops: readonly Loop[], start: number, end: number): readonly Loop[] {
  return loops.map((loop, d) => (d === loops.length - 1 ? { ...loop, extent: end - start } : loop));
}
