/** The engine's one linear memory: growth, and views that are never stale. */
import { OutOfMemoryError } from "../contract.js";

export const pageBytes = 65536;
/** Below this lie the kernels' statics (one page, divided by --memoryBase); the arena starts here. */
export const arenaStart = pageBytes;
/** Grown in steps of at least this, so that many small allocations do not grow page by page. */
const growthPages = 16;

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly maxBytes: number;
  #bytes: Uint8Array;

  /** A shared memory must name its maximum when it is made; a host may refuse a large one, so it is halved until taken. */
  constructor(shared: boolean, maxBytes: number) {
    let maximum = Math.max(1, Math.floor(maxBytes / pageBytes));
    for (;;) {
      try {
        this.memory = new WebAssembly.Memory({ initial: 1, maximum, shared });
        break;
      } catch (error) {
        if (maximum <= 256)
          throw new OutOfMemoryError("createEngine", maximum * pageBytes, "the host gave none", { cause: error });
        maximum = Math.floor(maximum / 2);
      }
    }
    this.maxBytes = maximum * pageBytes;
    this.#bytes = new Uint8Array(this.memory.buffer);
  }

  /** All of the memory. Do not keep it: growth detaches it, or leaves it too short when the memory is shared. */
  get bytes(): Uint8Array {
    const { buffer } = this.memory;
    if (this.#bytes.buffer !== buffer || this.#bytes.byteLength !== buffer.byteLength)
      this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  /** Makes bytes [0, end) addressable. */
  reserve(end: number, where: string, requestedBytes: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    const needed = Math.ceil(missing / pageBytes);
    const room = (this.maxBytes - this.memory.buffer.byteLength) / pageBytes;
    if (needed > room) {
      throw new OutOfMemoryError(where, requestedBytes, `WebAssembly memory is limited to ${this.maxBytes} bytes`);
    }
    try {
      this.memory.grow(Math.min(room, Math.max(needed, growthPages)));
    } catch (error) {
      throw new OutOfMemoryError(where, requestedBytes, "the host refused to grow WebAssembly memory", {
        cause: error,
      });
    }
  }
}
