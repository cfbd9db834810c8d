/** Writes the records that the attention kernels read; their layout is drawn in assembly/common/attention-layout.ts. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { AttentionParams } from "./params.js";

export const unitBytes = 64;
const optionBytes = 64;

/** Distances in bytes between two neighbours along time and heads, and between batch entries. */
export interface Steps {
  readonly time: number;
  readonly head: number;
  readonly batch: number;
}

/** f32 [B, T, H, D] or [B, H, T, D]. */
export function stepsOf(layout: AttentionParams["layout"], time: number, heads: number, d: number): Steps {
  const batch = 4 * time * heads * d;
  return layout === "bthd" ? { time: 4 * heads * d, head: 4 * d, batch } : { time: 4 * d, head: 4 * time * d, batch };
}

export interface OptionFields {
  readonly qStep: number;
  readonly kStep: number;
  readonly vStep: number;
  readonly oStep: number;
  /** Distance from the bias to its gradient; 0 for none. */
  readonly dBias?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: any group's run has scratch and bytes
type Memory = Pick<WasmRun<any>, "scratch" | "bytes">;

/** @returns the record's address */
export function writeOptions(w: Memory, params: AttentionParams, steps: OptionFields): number {
  const { d, dv, left, right, scale, softCap, biasStrides, inputs } = params;
  const address = w.scratch(optionBytes);
  const { words, floats } = recordAt(w, address, optionBytes);
  const biasSteps = [4 * (biasStrides[2] as number), 4 * (biasStrides[3] as number)];
  words.set([d, dv, steps.qStep, steps.kStep, steps.vStep, steps.oStep, ...biasSteps, left, right]);
  floats.set([scale, softCap], 10);
  words.set([inputs.alibiSlopes >= 0 ? 1 : 0, steps.dBias ?? 0], 12);
  return address;
}

/** One block of query rows of one head; addresses in bytes. */
export interface Unit {
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly o: number;
  /** 0: not wanted. */
  readonly lse: number;
  /** 0: none. */
  readonly bias: number;
  readonly rows: number;
  readonly keys: number;
  /** Position of the first row among the keys. */
  readonly position: number;
  readonly slope: number;
  /** -Infinity: none. */
  readonly sink: number;
  readonly dO?: number;
  readonly dq?: number;
  readonly dk?: number;
  readonly dv?: number;
  readonly dSink?: number;
}

/** @returns the address of the first of the records */
export function writeUnits(w: Memory, units: readonly Unit[]): number {
  const address = w.scratch(unitBytes * units.length);
  const { words, floats } = recordAt(w, address, unitBytes * units.length);
  units.forEach((u, index) => {
    const at = 16 * index;
    words.set([u.q, u.k, u.v, u.o, u.lse, u.bias, u.rows, u.keys, u.position], at);
    floats.set([u.slope, u.sink], at + 9);
    words.set([u.dO ?? 0, u.dq ?? 0, u.dk ?? 0, u.dv ?? 0, u.dSink ?? 0], at + 11);
  });
  return address;
}

/** A record as whole numbers and as floats. */
export function recordAt(w: Memory, address: number, bytes: number): { words: Int32Array; floats: Float32Array } {
  const view = w.bytes(address, bytes);
  return {
    words: new Int32Array(view.buffer, view.byteOffset, bytes / 4),
    floats: new Float32Array(view.buffer, view.byteOffset, bytes / 4),
  };
}
