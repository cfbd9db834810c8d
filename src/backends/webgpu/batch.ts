/**
 * Dispatches gathered into one command buffer. All of them share one compute pass until something (a copy) needs the
 * pass closed; their parameters share one uniform buffer, written once at submit.
 */
import { KernelError } from "../contract.js";
import type { PipelineCache } from "./pipelines.js";
import type { Dispatch, GpuLimits, GpuRegion } from "./run.js";

/** Uniform bytes of one dispatch; the guaranteed alignment of dynamic offsets. */
const slotBytes = 256;
/** Dispatches per submit: enough to amortise it, few enough that the GPU starts early. */
export const slotsPerBatch = 256;

export class Batch {
  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  readonly #limits: GpuLimits;
  readonly #uniforms: GPUBuffer;
  readonly #staging = new ArrayBuffer(slotBytes * slotsPerBatch);
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #slots = 0;

  constructor(device: GPUDevice, pipelines: PipelineCache, limits: GpuLimits) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.#limits = limits;
    this.#uniforms = device.createBuffer({
      label: "params",
      size: this.#staging.byteLength,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  get empty(): boolean {
    return this.#encoder === undefined;
  }

  /** Dispatches that still fit before the owner must submit. */
  get free(): number {
    return slotsPerBatch - this.#slots;
  }

  /** Encodes workgroups [base, base + share) of a call; the caller has made room. */
  dispatch(call: Dispatch, base: number, share: number): void {
    const { pipeline, layout } = this.#pipelines.get(call);
    const offset = this.#slots++ * slotBytes;
    this.#writeParams(call, offset, base);
    const entries: GPUBindGroupEntry[] = [
      { binding: 0, resource: { buffer: this.#uniforms, size: slotBytes } },
      ...call.bindings.map((region, index) => ({ binding: index + 1, resource: padded(region) })),
    ];
    const group = this.#device.createBindGroup({ label: call.label, layout, entries });
    this.#pass ??= this.#commands().beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group, [offset]);
    this.#pass.dispatchWorkgroups(...fold(share, this.#limits.maxComputeWorkgroupsPerDimension));
  }

  copy(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, bytes: number): void {
    this.#pass?.end();
    this.#pass = undefined;
    this.#commands().copyBufferToBuffer(source, sourceOffset, target, targetOffset, Math.ceil(bytes / 4) * 4);
  }

  /** Closes the batch; undefined when nothing was encoded. */
  finish(): GPUCommandBuffer | undefined {
    if (!this.#encoder) return undefined;
    this.#pass?.end();
    if (this.#slots > 0) this.#device.queue.writeBuffer(this.#uniforms, 0, this.#staging, 0, this.#slots * slotBytes);
    const commands = this.#encoder.finish();
    this.#encoder = undefined;
    this.#pass = undefined;
    this.#slots = 0;
    return commands;
  }

  destroy(): void {
    this.#uniforms.destroy();
  }

  /** Runs what `encode` dispatches in a pass of its own between two timestamps. */
  timed(timestampWrites: GPUComputePassTimestampWrites, encode: () => void): void {
    this.#pass?.end();
    this.#pass = this.#commands().beginComputePass({ timestampWrites });
    encode();
    this.#pass.end();
    this.#pass = undefined;
  }

  resolve(queries: GPUQuerySet, count: number, target: GPUBuffer): void {
    this.#commands().resolveQuerySet(queries, 0, count, target, 0);
  }

  #commands(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #writeParams(call: Dispatch, offset: number, base: number): void {
    const words = new Uint32Array(this.#staging, offset, slotBytes / 4).fill(0);
    words[0] = base;
    words[1] = call.groups;
    const { params } = call;
    if (!params) return;
    const rest = params instanceof ArrayBuffer ? new Uint32Array(params) : params;
    if (rest.length > words.length - 2) throw new KernelError(call.label, `Params takes more than ${slotBytes} bytes`);
    words.set(rest, 2);
  }
}

/** x, y, z with x*y*z >= groups, each at most `limit`, with fewer empty groups than rows: empty ones cost time too. */
export function fold(groups: number, limit: number): [number, number, number] {
  const z = Math.max(1, Math.ceil(groups / limit ** 2));
  const y = Math.max(1, Math.ceil(groups / (limit * z)));
  return [Math.max(1, Math.ceil(groups / (y * z))), y, z];
}

/** Vector-typed bindings are read in units of 16 bytes; every buffer has room for the last one. */
function padded({ buffer, offset, bytes }: GpuRegion): GPUBufferBinding {
  return { buffer, offset, size: Math.max(16, Math.ceil(bytes / 16) * 16) };
}
