/**
 * Memory between WebAssembly and the device. Memory that nothing has touched yet costs its first touch, which can be many
 * times a copy: what data passes through is kept.
 */
import { sizeClass } from "./buffers.js";

/** Bytes of shared memory that are copied at a time: they stay in a cache between the two copies. */
const chunkBytes = 1 << 20;
/** Largest staging buffer, and how much of them is kept. */
const partBytes = 1 << 24;
const keptBytes = 1 << 26;

/** A part of a region being read: it lands in the first `bytes` of `buffer`. */
export interface StagedPart {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

export class Staging {
  readonly #device: GPUDevice;
  readonly #idle = new Map<number, GPUBuffer[]>();
  #idleBytes = 0;
  #most = keptBytes;
  #chunk: Uint8Array<ArrayBuffer> | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Queues an upload to the start of the buffer; the source is free when it returns. */
  write(target: GPUBuffer, source: Uint8Array): void {
    if (source.buffer instanceof ArrayBuffer) {
      this.#write(target, 0, source as Uint8Array<ArrayBuffer>);
      return;
    }
    // Dawn and browsers refuse shared memory.
    this.#chunk ??= new Uint8Array(chunkBytes);
    for (let at = 0; at < source.byteLength; at += chunkBytes) {
      const chunk = this.#chunk.subarray(0, Math.min(chunkBytes, source.byteLength - at));
      chunk.set(source.subarray(at, at + chunk.byteLength));
      this.#write(target, at, chunk);
      // Sends the write off, so that what the device kept it in is soon free for another: twice as fast on Dawn.
      if (at + chunkBytes < source.byteLength) this.#device.queue.submit([]);
    }
  }

  #write(target: GPUBuffer, at: number, { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): void {
    const { queue } = this.#device;
    const whole = byteLength & ~3;
    if (whole > 0) queue.writeBuffer(target, at, buffer, byteOffset, whole);
    if (whole === byteLength) return;
    const tail = new Uint8Array(4);
    tail.set(new Uint8Array(buffer, byteOffset + whole, byteLength - whole));
    queue.writeBuffer(target, at + whole, tail);
  }

  /** Mappable buffers for a region of `bytes`, a multiple of 4. */
  parts(bytes: number): StagedPart[] {
    return Array.from({ length: Math.ceil(bytes / partBytes) }, (_, i) => {
      const offset = i * partBytes;
      const size = Math.min(partBytes, bytes - offset);
      return { buffer: this.#take(sizeClass(size)), offset, bytes: size };
    });
  }

  /** Takes back what `parts` gave, unmapped. */
  release(parts: readonly StagedPart[]): void {
    for (const { buffer } of parts) {
      if (this.#idleBytes + buffer.size > this.#most) {
        buffer.destroy();
        continue;
      }
      const idle = this.#idle.get(buffer.size);
      if (idle) idle.push(buffer);
      else this.#idle.set(buffer.size, [buffer]);
      this.#idleBytes += buffer.size;
    }
  }

  #take(size: number): GPUBuffer {
    const kept = this.#idle.get(size)?.pop();
    if (kept) this.#idleBytes -= size;
    return kept ?? this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  /** What is still out is destroyed when it comes back. */
  destroy(): void {
    this.#most = 0;
    for (const buffer of [...this.#idle.values()].flat()) buffer.destroy();
    this.#idle.clear();
    this.#idleBytes = 0;
  }
}
