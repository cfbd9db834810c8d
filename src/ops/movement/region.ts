/**
 * The one thing under all movement of elements: a box of the result is copied from evenly spaced places of a source. Broadcast,
 * transpose and slice fill the whole result so; concat, stack and pad fill boxes of it.
 */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { GpuRegion, GpuRun } from "../../backends/webgpu/run.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import { source as shader } from "../../generated/shaders/move.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { type Shape, sizeOfShape, stridesOf } from "../../tensor/shape.js";
import { chunkElements, chunksOf } from "../support/chunks.js";
import { formatOf } from "../support/formats.js";
import { groupsFor } from "../support/gpu.js";
import { collapse, type Loop, maxLoops, nestCalls } from "../support/nest.js";

export interface Region {
  /** Extents of the box. */
  readonly shape: Shape;
  /** Steps of the source along the box's axes, in elements; 0 repeats, negative runs backwards. */
  readonly strides: readonly number[];
  /** The source element for the first of the box. */
  readonly start: number;
  /** The whole result, and where the box lies in it. */
  readonly target: Shape;
  readonly at: readonly number[];
}

/** A region that is the whole result. */
export function wholeRegion(shape: Shape, strides: readonly number[], start = 0): Region {
  return { shape, strides, start, target: shape, at: shape.map(() => 0) };
}

type Run = WasmRun<CoreKernels>;

export function moveOnCpu(w: Run, dtype: DType, src: number, dst: number, region: Region): void {
  if (sizeOfShape(region.shape) === 0) return;
  const bytes = sizeOf(dtype);
  const targetStrides = stridesOf(region.target);
  const begin = region.at.reduce((sum, at, axis) => sum + at * (targetStrides[axis] as number), 0);
  const from = src + region.start * bytes;
  const to = dst + begin * bytes;
  const loops = collapse("move", region.shape, [region.strides, targetStrides]);
  const across = loops.findIndex(({ strides, extent }, d) => d > 0 && strides[0] === 1 && extent >= 4);
  const [inner] = loops as [Loop];
  if (across > 0 && inner.strides[1] === 1 && inner.extent >= 4) transposeOnCpu(w, bytes, from, to, loops, across);
  else {
    w.parallel(
      "move",
      nestCalls(w, loops, [bytes, bytes]).map(({ nest, state, row, rows, n, skip }) => [
        bytes,
        nest,
        state,
        from + (skip[0] as number) * bytes,
        to + (skip[1] as number) * bytes,
        row,
        rows,
        n,
        ...inner.strides.map((stride) => stride * bytes),
      ]),
    );
  }
}

/** The source runs along loop `across`, the result along the innermost: matrices to transpose. */
function transposeOnCpu(w: Run, bytes: number, from: number, to: number, loops: readonly Loop[], across: number): void {
  const inner = loops[0] as Loop;
  const columns = loops[across] as Loop;
  const srcRow = (inner.strides[0] as number) * bytes;
  const dstRow = (columns.strides[1] as number) * bytes;
  const rest = loops.filter((_, d) => d > 0 && d !== across);
  const nest = nestCalls(w, [{ extent: 1, strides: [0, 0] }, ...rest], [bytes, bytes]);
  const perCall = Math.max(16, Math.floor(chunkElements / columns.extent / 16) * 16);
  const strips = [...chunksOf(inner.extent, perCall)];
  // Every call needs its own state; strips of one call of the nest would share it.
  const states = strips.length > 1 ? w.scratch(128 * nest.length * strips.length) : 0;
  w.parallel(
    "transpose",
    nest.flatMap((call, i) =>
      strips.map(([r, rows], s) => [
        bytes,
        call.nest,
        states ? states + 128 * (i * strips.length + s) : call.state,
        from + r * srcRow,
        to + r * bytes,
        call.row,
        call.rows,
        rows,
        columns.extent,
        srcRow,
        dstRow,
      ]),
    ),
  );
}

interface RegionLoop {
  target: number;
  at: number;
  extent: number;
  stride: number;
}

/** The axes innermost first, merged where a full axis is followed by one that goes on evenly. */
function regionLoops({ shape, strides, target, at }: Region): RegionLoop[] {
  const loops: RegionLoop[] = [];
  for (let axis = target.length - 1; axis >= 0; axis--) {
    const next = {
      target: target[axis] as number,
      at: at[axis] as number,
      extent: shape[axis] as number,
      stride: strides[axis] as number,
    };
    if (next.target === 1) continue;
    const last = loops.at(-1);
    const isEven = next.extent === 1 || next.stride === (last ? last.stride * last.target : 0);
    if (last && last.extent === last.target && isEven) {
      last.at = next.at * last.target;
      last.extent = next.extent * last.target;
      last.target *= next.target;
    } else loops.push(next);
  }
  return loops.length > 0 ? loops : [{ target: 1, at: 0, extent: 1, stride: 0 }];
}

/** Why a GPU cannot move this region. */
export function tooManyLoops(region: Region): string | undefined {
  const { length } = regionLoops(region);
  return length > maxLoops ? `the region has ${length} separate axes; shaders handle 8` : undefined;
}

export interface Outside {
  /** Bits of the element for everything outside the box; without it, what is there stays. */
  readonly fill?: number;
}

export function moveOnGpu(
  g: GpuRun,
  label: string,
  dtype: DType,
  src: GpuRegion,
  dst: GpuRegion,
  region: Region,
  { fill }: Outside = {},
): void {
  const loops = regionLoops(region);
  const isWhole = loops.every(({ extent, target }) => extent === target);
  const perBlock = 16 / sizeOf(dtype);
  const size = sizeOfShape(region.target);
  let first = 0;
  let end = size;
  if (!isWhole && fill === undefined) {
    let stride = 1;
    let last = 0;
    for (const { target, at, extent } of loops) {
      first += at * stride;
      last += (at + extent - 1) * stride;
      stride *= target;
    }
    end = last + 1;
  }
  const firstBlock = Math.floor(first / perBlock);
  const blocks = Math.ceil(end / perBlock) - firstBlock;
  if (blocks <= 0 || (sizeOfShape(region.shape) === 0 && fill === undefined)) return;
  const [inner, ...outer] = loops as [RegionLoop, ...RegionLoop[]];
  const isAligned =
    inner.stride === 1 &&
    [inner.target, inner.at, inner.extent, region.start, ...outer.map(({ stride }) => stride)].every(
      (x) => x % 4 === 0,
    );
  const dims = new Array<number>(4 * maxLoops).fill(0);
  loops.forEach(({ target, at, extent, stride }, d) => {
    dims.splice(4 * d, 4, target, at, extent, stride >>> 0);
  });
  g.dispatch({
    label,
    shader,
    constants: {
      FORMAT: `${formatOf(dtype)}u`,
      ALIGNED: String(isAligned),
      OUTSIDE: isWhole ? "0u" : fill === undefined ? "1u" : "2u",
    },
    params: Uint32Array.from([blocks, firstBlock, region.start >>> 0, (fill ?? 0) >>> 0, loops.length, 0, ...dims]),
    bindings: [src, dst],
    groups: groupsFor(blocks),
  });
}
