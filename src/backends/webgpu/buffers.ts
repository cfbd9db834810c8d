/**
 * Storage buffers, kept for reuse by size class. A released buffer may still be read by commands that are encoded but
 * not submitted; it returns to the pool only at the next submit, because a queue write into it would run before them.
 */
import { type BackendMemory, OutOfMemoryError } from "../contract.js";

/** Four classes per power of two: at most a fifth of a buffer is waste. */
export function sizeClass(bytes: number): number {
  const least = Math.max(256, bytes);
  const step = Math.max(256, 2 ** (Math.floor(Math.log2(least)) - 2));
  return Math.ceil(least / step) * step;
}

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #maxBufferBytes: number;
  readonly #capBytes: number;
  readonly #idle = new Map<number, GPUBuffer[]>();
  readonly #live = new Set<GPUBuffer>();
  #released: GPUBuffer[] = [];
  #used = 0;
  #peak = 0;
  #pooled = 0;

  constructor(device: GPUDevice, maxBufferBytes: number, capBytes: number) {
    this.#device = device;
    this.#maxBufferBytes = maxBufferBytes;
    this.#capBytes = capBytes;
  }

  get usage(): BackendMemory {
    return { usedBytes: this.#used, peakBytes: this.#peak, pooledBytes: this.#pooled };
  }

  allocate(bytes: number, where: string): GPUBuffer {
    const size = sizeClass(bytes);
    if (size > this.#maxBufferBytes) {
      throw new OutOfMemoryError(where, bytes, `the device's buffers hold at most ${this.#maxBufferBytes} bytes`);
    }
    if (this.#used + size > this.#capBytes) {
      throw new OutOfMemoryError(where, bytes, `the engine's GPU memory cap is ${this.#capBytes} bytes`);
    }
    let buffer = this.#idle.get(size)?.pop();
    if (buffer) this.#pooled -= size;
    else {
      if (this.#used + this.#pooled + size > this.#capBytes) this.trim();
      buffer = this.#device.createBuffer({
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
    }
    this.#live.add(buffer);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return buffer;
  }

  release(buffer: GPUBuffer): void {
    this.#live.delete(buffer);
    this.#released.push(buffer);
    this.#used -= buffer.size;
    this.#pooled += buffer.size;
  }

  /** To be called right after a submit. */
  recycle(): void {
    for (const buffer of this.#released) {
      const idle = this.#idle.get(buffer.size);
      if (idle) idle.push(buffer);
      else this.#idle.set(buffer.size, [buffer]);
    }
    this.#released = [];
  }

  /** Gives idle buffers back to the device. */
  trim(): void {
    for (const idle of this.#idle.values()) {
      for (const buffer of idle) {
        this.#pooled -= buffer.size;
        buffer.destroy();
      }
    }
    this.#idle.clear();
  }

  /** Gives every buffer back, those in use as well: on a caller's device nobody else would. */
  destroy(): void {
    this.recycle();
    this.trim();
    for (const buffer of this.#live) buffer.destroy();
    this.#live.clear();
  }
}
