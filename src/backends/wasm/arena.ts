/**
 * Allocation inside linear memory. All bookkeeping is on the JavaScript side:
 *
 *   0        64 KiB                                        end
 *   | statics | live | free | live | live | free ......... |
 *
 * Free blocks are kept in address order and merged with their neighbours, so fragmentation stays what the caller makes
 * it. Best fit; every block is 64-byte aligned (a cache line, and any SIMD width to come).
 */
import type { BackendMemory } from "../contract.js";
import { arenaStart, type LinearMemory } from "./memory.js";

const alignment = 64;

interface FreeBlock {
  start: number;
  size: number;
}

export class Arena {
  readonly #memory: LinearMemory;
  readonly #live = new Map<number, number>();
  readonly #free: FreeBlock[] = [];
  #end = arenaStart;
  #used = 0;
  #peak = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  get usage(): BackendMemory {
    return { usedBytes: this.#used, peakBytes: this.#peak, pooledBytes: this.#end - arenaStart - this.#used };
  }

  /** @param where the operation, for the message of OutOfMemoryError. */
  allocate(bytes: number, where: string): number {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    const start = this.#takeFree(size) ?? this.#extend(size, where);
    this.#live.set(start, size);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return start;
  }

  release(start: number): void {
    const size = this.#live.get(start);
    if (size === undefined) throw new RangeError(`arena: ${start} is not a live allocation`);
    this.#live.delete(start);
    this.#used -= size;
    const at = this.#position(start);
    const before = this.#free[at - 1];
    const after = this.#free[at];
    const joinsBefore = before !== undefined && before.start + before.size === start;
    const joinsAfter = after !== undefined && start + size === after.start;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      this.#free.splice(at, 1);
    } else if (joinsBefore) before.size += size;
    else if (joinsAfter) {
      after.start = start;
      after.size += size;
    } else this.#free.splice(at, 0, { start, size });
  }

  /** Starts a new measurement of the peak. */
  resetPeak(): void {
    this.#peak = this.#used;
  }

  #takeFree(size: number): number | undefined {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const block = this.#free[i] as FreeBlock;
      if (block.size >= size && (best < 0 || block.size < (this.#free[best] as FreeBlock).size)) best = i;
      if (block.size === size) break;
    }
    if (best < 0) return undefined;
    const block = this.#free[best] as FreeBlock;
    const start = block.start;
    if (block.size === size) this.#free.splice(best, 1);
    else {
      block.start += size;
      block.size -= size;
    }
    return start;
  }

  /** Takes from the end, using up a free block that touches it. */
  #extend(size: number, where: string): number {
    const last = this.#free.at(-1);
    const touching = last !== undefined && last.start + last.size === this.#end ? last : undefined;
    const start = touching ? touching.start : this.#end;
    this.#memory.reserve(start + size, where, size);
    if (touching) this.#free.pop();
    this.#end = start + size;
    return start;
  }

  /** Index of the first free block at or behind `start`. */
  #position(start: number): number {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#free[middle] as FreeBlock).start < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
