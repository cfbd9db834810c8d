/** Encodes one placed call on the GPU: aligned regions, parts under the binding limit, results swapped in. */
import type { WebGpuBackend } from "../backends/webgpu/backend.js";
import type { GpuRun } from "../backends/webgpu/run.js";
import type { Storage } from "../tensor/storage.js";
import type { GpuImplementation, GpuOperand } from "./operation.js";
import { type AnySpec, unitsPerPart } from "./placement.js";
import type { InputView, OutputView } from "./run-on-cpu.js";

/**
 * Inputs must be on one of the two sides. A result always goes to a buffer of its own, because one dispatch may not
 * both read and write a buffer; then the buffer replaces the old one, or is copied into the view.
 */
export function runOnGpu<P>(
  spec: AnySpec<P>,
  inputs: readonly InputView[],
  outputs: readonly OutputView[],
  params: P,
  gpu: WebGpuBackend,
): void {
  const op = spec.webgpu as GpuImplementation<P>;
  const results: GPUBuffer[] = [];
  try {
    for (const output of outputs) results.push(gpu.allocate(output.byteLength, spec.name));
    const encodeAll = (g: GpuRun) => {
      const inputOperands = inputs.map((input) => alignedInput(input, g, gpu, spec.name));
      const outputOperands = outputs.map((output, index) => operand(output, results[index] as GPUBuffer, 0));
      encode(op, g, inputOperands, outputOperands, params, gpu);
    };
    const written: { storage: Storage; version: number }[] = [];
    gpu.run(spec.name, encodeAll, (error) => {
      // What has been overwritten since is not concerned.
      for (const { storage, version } of written) if (storage.version === version) storage.failure = error;
    });
    for (const [index, output] of outputs.entries()) settle(output, results[index] as GPUBuffer, gpu, spec.name);
    written.push(...outputs.map(({ storage }) => ({ storage, version: storage.version })));
    results.length = 0;
  } finally {
    for (const buffer of results) gpu.release(buffer);
  }
}

function operand({ shape, dtype, size, byteLength }: InputView, buffer: GPUBuffer, offset: number): GpuOperand {
  return { buffer, offset, bytes: byteLength, shape, dtype, size };
}

/** A view that begins off the device's alignment is copied to a place that does not. */
function alignedInput(input: InputView, g: GpuRun, gpu: WebGpuBackend, where: string): GpuOperand {
  const buffer = input.storage.toGpu(gpu, where);
  if (input.byteOffset % g.caps.limits.minStorageBufferOffsetAlignment === 0)
    return operand(input, buffer, input.byteOffset);
  const copy = g.scratch(input.byteLength);
  gpu.copy(buffer, input.byteOffset, copy.buffer, 0, input.byteLength);
  return operand(input, copy.buffer, 0);
}

function encode<P>(
  op: GpuImplementation<P>,
  g: GpuRun,
  inputs: readonly GpuOperand[],
  outputs: readonly GpuOperand[],
  params: P,
  gpu: WebGpuBackend,
): void {
  const limit = gpu.caps.limits.maxStorageBufferBindingSize;
  const fits = [...inputs, ...outputs].every(({ bytes }) => Math.ceil(bytes / 16) * 16 <= limit);
  const split = fits || op.bindsParts ? undefined : op.split?.(params);
  if (!split) {
    op.encode(g, inputs, outputs, params);
    return;
  }
  const step = unitsPerPart(split, gpu.caps);
  for (let start = 0; start < split.units; start += step) {
    const end = Math.min(split.units, start + step);
    const cut = (perUnit: readonly number[]) => (whole: GpuOperand, index: number) =>
      part(whole, perUnit[index] as number, start, end);
    op.encode(g, inputs.map(cut(split.inputBytes)), outputs.map(cut(split.outputBytes)), split.narrow(start, end));
  }
}

function part(whole: GpuOperand, bytesPerUnit: number, start: number, end: number): GpuOperand {
  if (bytesPerUnit === 0) return whole;
  const bytes = (end - start) * bytesPerUnit;
  const size = (bytes / whole.bytes) * whole.size;
  return { ...whole, offset: whole.offset + start * bytesPerUnit, bytes, size, shape: [size] };
}

function settle(output: OutputView, buffer: GPUBuffer, gpu: WebGpuBackend, where: string): void {
  if (output.whole && !output.storage.external) {
    output.storage.adoptGpu(gpu, buffer);
    return;
  }
  const target = output.storage.toGpu(gpu, where);
  gpu.copy(buffer, 0, target, output.byteOffset, output.byteLength);
  output.storage.wroteGpu();
  gpu.release(buffer);
}
