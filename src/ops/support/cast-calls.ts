/** Conversion between dtypes on either backend, for `cast` and for operations that compute in another dtype than they store. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { GpuRegion, GpuRun } from "../../backends/webgpu/run.js";
import { packParams } from "../../backends/webgpu/run.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import { source as shader } from "../../generated/shaders/cast.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { chunksOf } from "./chunks.js";
import { formatOf } from "./formats.js";
import { blocksOf, groupsFor } from "./gpu.js";

/** What the kernel needs beside its operands (assembly/cast/cast.ts). */
const scratchBytes = 512 * 12;

interface Place {
  readonly ptr: number;
  readonly dtype: DType;
}

export function castOnCpu(w: WasmRun<CoreKernels>, src: Place, dst: Place, size: number): void {
  const chunks = [...chunksOf(size)];
  const scratch = w.scratch(scratchBytes * chunks.length);
  w.parallel(
    "cast",
    chunks.map(([start, n], i) => [
      formatOf(src.dtype),
      formatOf(dst.dtype),
      src.ptr + start * sizeOf(src.dtype),
      dst.ptr + start * sizeOf(dst.dtype),
      n,
      scratch + i * scratchBytes,
    ]),
  );
}

export function castOnGpu(g: GpuRun, src: GpuRegion, dst: GpuRegion, from: DType, to: DType, size: number): void {
  const blocks = blocksOf(size * sizeOf(to));
  g.dispatch({
    label: `cast ${from} to ${to}`,
    shader,
    constants: { FROM: `${formatOf(from)}u`, TO: `${formatOf(to)}u` },
    params: packParams(blocks, 0),
    bindings: [src, dst],
    groups: groupsFor(blocks),
  });
}
