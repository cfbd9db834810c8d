/** What a measurement is: a call, how much it moves or computes, and a check that comes before the clock. */
import type { Engine } from "../../src/engine/engine.js";

export interface Prepared {
  /** Encodes one call. */
  call(): void;
  /** Calls that one pass has room for; 50 when absent. */
  readonly mostCalls?: number;
  /** Runs the call once and throws when the result is wrong. */
  check(): Promise<void>;
  dispose(): void;
}

export interface Subject {
  readonly name: string;
  readonly unit: "TFLOP/s" | "TB/s" | "G/s" | "Mtoken/s";
  /** Operations, bytes, elements or tokens of one call. */
  readonly amount: number;
  /** What the project asks of an H200, in `unit`; or a share of the copy kernel of the same run. */
  readonly bar?: number;
  readonly shareOfCopy?: number;
  /** Why this device cannot run it. */
  unavailable?(engine: Engine): string | undefined;
  prepare(engine: Engine): Promise<Prepared>;
}

export const scale = { "TFLOP/s": 1e12, "TB/s": 1e12, "G/s": 1e9, "Mtoken/s": 1e6 } as const;

/** Uniform numbers of [-1, 1), a block of 2^20 repeated: fresh enough, and made in no time. */
export function randomValues(count: number, seed: number): Float32Array<ArrayBuffer> {
  const block = new Float32Array(Math.min(count, 1 << 20));
  let state = seed;
  for (let i = 0; i < block.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    block[i] = state / 2 ** 31 - 1;
  }
  const values = new Float32Array(count);
  for (let at = 0; at < count; at += block.length)
    values.set(block.subarray(0, Math.min(block.length, count - at)), at);
  return values;
}

/** Throws unless |actual - expected| <= tolerance. */
export function expectNear(what: string, actual: number, expected: number, tolerance: number): void {
  if (!(Math.abs(actual - expected) <= tolerance)) {
    throw new Error(`${what} is ${actual}, expected ${expected} within ${tolerance}`);
  }
}

/** A fixed spread of indices below `count`. */
export function samples(count: number, most: number): number[] {
  return Array.from({ length: Math.min(count, most) }, (_, i) => Math.floor(((i * 0.6180339887498949) % 1) * count));
}
