/** Walks a cycle of the matrix resolvent vertex by vertex, modulo a prime: in JavaScript, or by the kernel psi_vertex. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { ModuliSpaceKernels } from "../../generated/kernels/moduli-space.js";

export interface VertexStep {
  readonly base: number;
  readonly step: number;
  readonly outStep: number;
  readonly outCount: number;
}

export interface Vertices {
  /** The part of the trace that starts and ends at exponent k of the last edge in row `spin`. */
  closed(path: readonly VertexStep[], k: number, spin: number): bigint;
}

export function verticesInJs(entries: Uint32Array, prime: number): Vertices {
  /** out[k'] = sum over k of in[k] M_(base + step k + outStep k'), pairs. Products of primes below 2^25 stay exact. */
  function through(pairs: Float64Array, { base, step, outStep }: VertexStep, outCount: number): Float64Array {
    const out = new Float64Array(2 * outCount);
    for (let j = 0; j < outCount; j++) {
      let x = 0;
      let y = 0;
      for (let k = 0, e = base + outStep * j; 2 * k < pairs.length; k++, e += step) {
        if (e < 0) continue;
        const m = entries[e] as number;
        const s = pairs[2 * k] as number;
        const t = pairs[2 * k + 1] as number;
        if (e % 3 === 0) x = (x + t * m) % prime;
        else if (e % 3 === 1) y = (y + s * m) % prime;
        else {
          x = (x + s * m) % prime;
          y = (y + (prime - t) * m) % prime;
        }
      }
      out[2 * j] = x;
      out[2 * j + 1] = y;
    }
    return out;
  }
  return {
    closed(path, k, spin) {
      let pairs = new Float64Array(2);
      pairs[spin] = 1;
      for (const [j, vertex] of path.entries()) {
        const last = j === path.length - 1;
        pairs = through(pairs, started(vertex, j, k, last), last ? 1 : vertex.outCount) as Float64Array<ArrayBuffer>;
      }
      return BigInt(pairs[spin] as number);
    },
  };
}

/** The first vertex reads one exponent k of the edge that the last one writes. */
function started(vertex: VertexStep, j: number, k: number, last: boolean): VertexStep {
  const base = vertex.base + (j === 0 ? vertex.step * k : 0) + (last ? vertex.outStep * k : 0);
  return { ...vertex, base };
}

export function verticesOnWasm(
  w: WasmRun<ModuliSpaceKernels>,
  memory: { entries: number; pairs: readonly [number, number] },
  entries: Uint32Array,
  prime: number,
): Vertices {
  w.bytes(memory.entries, entries.byteLength).set(new Uint8Array(entries.buffer));
  return {
    closed(path, k, spin) {
      const [first, second] = memory.pairs;
      new Uint32Array(w.bytes(first, 8).buffer, first, 2).set(spin === 0 ? [1, 0] : [0, 1]);
      let count = 1;
      let [src, dst] = [first, second];
      for (const [j, vertex] of path.entries()) {
        const last = j === path.length - 1;
        const outCount = last ? 1 : vertex.outCount;
        const { base, step, outStep } = started(vertex, j, k, last);
        w.kernels.psi_vertex(src, count, dst, outCount, base, step, outStep, memory.entries, prime);
        count = outCount;
        [src, dst] = [dst, src];
      }
      return BigInt(new Uint32Array(w.bytes(src, 8).buffer, src, 2)[spin] as number);
    },
  };
}
