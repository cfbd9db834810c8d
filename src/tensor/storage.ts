/**
 * The bytes behind one or more tensors. They may lie in WebAssembly memory, in a GPU buffer, or in both as equal
 * copies; writing one side makes it the only one. A storage counts its tensors and the queued operations that touch
 * it, and is freed when nobody is left.
 */
import { type BackendName, DeviceLostError, type WavefoldError } from "../backends/contract.js";
import type { WasmBackend } from "../backends/wasm/backend.js";
import type { WebGpuBackend } from "../backends/webgpu/backend.js";
import type { Tensor } from "./tensor.js";
import type { TensorStorage } from "./tensor-storage.js";

/** The backends of one engine; the GPU one may come back as another after a lost device. */
export interface Backends {
  readonly wasm: WasmBackend;
  readonly gpu: WebGpuBackend | undefined;
}

interface GpuCopy {
  readonly backend: WebGpuBackend;
  readonly buffer: GPUBuffer;
  /** A caller's buffer: written in place, never pooled. */
  readonly external: boolean;
}

export class Storage implements TensorStorage {
  readonly bytes: number;
  writes = 0;
  /** Bumped whenever bytes are written, which for a queued call is later than the call. */
  version = 0;
  /** Where a queued operation will leave the data. */
  expected: BackendName | undefined;
  /** Why the operation that should have filled this did not. */
  failure: WavefoldError | undefined;
  readonly #backends: Backends;
  #references = 1;
  #queued = 0;
  #ptr = 0;
  #gpu: GpuCopy | undefined;

  constructor(backends: Backends, bytes: number) {
    this.#backends = backends;
    this.bytes = bytes;
  }

  /** True while queued operations read or write this: then every operation on it must queue too. */
  get queued(): boolean {
    return this.#queued > 0;
  }

  /** Something in the queue will touch this; it is held until then. */
  enqueue(): void {
    this.#queued++;
    this.retain();
  }

  dequeue(): void {
    if (--this.#queued === 0) this.expected = undefined;
    this.release();
  }

  get onWasm(): boolean {
    return this.#ptr !== 0;
  }

  get onGpu(): boolean {
    return this.#gpu !== undefined && this.#gpu.backend.lostReason === undefined;
  }

  /** True for a caller's GPUBuffer, which keeps its identity when written. */
  get external(): boolean {
    return this.#gpu?.external === true;
  }

  /** The side that the next operation finds the data on. */
  get location(): BackendName {
    if (this.queued && this.expected) return this.expected;
    return this.onGpu && !this.onWasm ? "webgpu" : "wasm";
  }

  /** The address in WebAssembly memory. Only when onWasm. */
  get ptr(): number {
    return this.#ptr;
  }

  /** The GPU's copy. Only when onGpu. */
  get buffer(): GPUBuffer {
    return (this.#gpu as GpuCopy).buffer;
  }

  /** Throws why the data cannot be had, if it cannot. */
  assertReadable(where: string): void {
    if (this.failure) throw this.failure;
    const reason = this.#gpu?.backend.lostReason;
    if (!this.#ptr && reason !== undefined)
      throw new DeviceLostError(where, `${reason}; the data had no copy on the CPU`);
  }

  /** The address to write all of the bytes to; the GPU's copy ends. */
  writeWasm(where: string): number {
    if (!this.#ptr) this.#ptr = this.#backends.wasm.allocate(this.bytes, where);
    this.#dropGpu();
    this.#touch();
    return this.#ptr;
  }

  /** Takes over an address that holds the new bytes; the other copies end. */
  adoptWasm(ptr: number): void {
    if (this.#ptr) this.#backends.wasm.release(this.#ptr);
    this.#ptr = ptr;
    this.#dropGpu();
    this.#touch();
  }

  /** Takes over a buffer that holds the new bytes; the other copies end. */
  adoptGpu(backend: WebGpuBackend, buffer: GPUBuffer, external = false): void {
    this.#dropGpu();
    this.#dropWasm();
    this.#gpu = { backend, buffer, external };
    this.#touch();
  }

  /** The GPU's copy was written in place. */
  wroteGpu(): void {
    this.#dropWasm();
    this.#touch();
  }

  /** The buffer with the data, uploaded if it is not there. The data must be on one of the sides. */
  toGpu(gpu: WebGpuBackend, where: string): GPUBuffer {
    if (this.#gpu?.backend === gpu) return this.#gpu.buffer;
    this.assertReadable(where);
    const buffer = gpu.allocate(this.bytes, where);
    gpu.write(buffer, this.#backends.wasm.bytes(this.#ptr, this.bytes));
    this.#gpu = { backend: gpu, buffer, external: false };
    return buffer;
  }

  /** Makes the data present in WebAssembly memory, reading it back if need be. */
  async toWasm(where: string): Promise<void> {
    this.assertReadable(where);
    if (this.#ptr || !this.#gpu) return;
    const { wasm } = this.#backends;
    await this.#readBack(0, this.bytes, where, () => {
      // Somebody else may have brought it meanwhile.
      if (this.#ptr) return undefined;
      this.#ptr = wasm.allocate(this.bytes, where);
      return wasm.bytes(this.#ptr, this.bytes);
    });
  }

  /** Copies bytes out to a fresh buffer, from whichever side has them. */
  async read(offset: number, bytes: number, where: string): Promise<Uint8Array<ArrayBuffer>> {
    this.assertReadable(where);
    if (this.#ptr) return this.readSync(offset, bytes);
    const from = offset & ~3;
    const data = new Uint8Array(bytes + offset - from);
    await this.#readBack(from, data.byteLength, where, () => data);
    return from === offset ? data : data.slice(offset - from);
  }

  /** Only when onWasm. */
  readSync(offset: number, bytes: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(bytes);
    copy.set(this.#backends.wasm.bytes(this.#ptr + offset, bytes));
    return copy;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references > 0) return;
    this.#dropGpu();
    this.#dropWasm();
  }

  /** By the time the bytes are here it is known whether what made them failed. */
  #readBack(offset: number, bytes: number, where: string, target: () => Uint8Array | undefined): Promise<void> {
    const { version } = this;
    const { backend, buffer } = this.#gpu as GpuCopy;
    return backend.readInto({ buffer, offset, bytes }, where, () => {
      if (this.version === version) this.assertReadable(where);
      return target();
    });
  }

  #touch(): void {
    this.version++;
    this.failure = undefined;
  }

  #dropWasm(): void {
    if (this.#ptr) this.#backends.wasm.release(this.#ptr);
    this.#ptr = 0;
  }

  #dropGpu(): void {
    const copy = this.#gpu;
    this.#gpu = undefined;
    if (copy && !copy.external && copy.backend.lostReason === undefined) copy.backend.release(copy.buffer);
  }
}

/** A tensor's storage, as the engine that made it knows it. */
export function bytesOf(tensor: Tensor): Storage {
  return tensor.storage as Storage;
}
