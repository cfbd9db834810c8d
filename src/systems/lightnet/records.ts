/** Writes the records that the CPU kernels read; they are described in assembly/common/additive-layout.ts. */
import type { WasmRun } from "../../backends/wasm/group.js";
import { stepsOf } from "../../ops/attention/records.js";
import { type AdditiveParams, chunkOf } from "./params.js";

// biome-ignore lint/suspicious/noExplicitAny: any group's run has scratch and bytes
type Memory = Pick<WasmRun<any>, "scratch" | "bytes">;

/** Addresses of whole tensors; 0 where there is none. */
export interface Tensors {
  readonly q: number;
  /** The logits. */
  readonly x: number;
  readonly k: number;
  readonly v: number;
  readonly o: number;
  readonly s0: number;
  readonly m0: number;
  readonly l0: number;
  readonly s: number;
  readonly m: number;
  readonly l: number;
  readonly dq?: number;
  readonly dx?: number;
  readonly dk?: number;
  readonly dv?: number;
  readonly ds0?: number;
  readonly dz0?: number;
}

const unitWords = 18;

/** Between heads, and from one token to the next: backwards in memory when the call runs in reverse. */
function steps({ layout, steps, heads, reverse }: AdditiveParams, channels: number) {
  const { time, head, batch } = stepsOf(layout, steps, heads, channels);
  return { time, head, batch, toNext: reverse ? -time : time };
}

/** @returns address of the record */
export function writeCall(w: Memory, params: AdditiveParams): number {
  const { k, v, scale, global, stateLayout } = params;
  const address = w.scratch(32);
  const view = w.bytes(address, 32);
  const words = new Int32Array(view.buffer, view.byteOffset, 8);
  const toNext = [steps(params, k).toNext, steps(params, v).toNext];
  words.set([k, v, chunkOf(params), global ? 1 : 0, ...toNext, stateLayout === "vk" ? 1 : 0]);
  new Float32Array(view.buffer, view.byteOffset, 8)[7] = scale;
  return address;
}

/** One unit per sequence and head, in this order. @returns address of the first and their number */
export function writeUnits(w: Memory, params: AdditiveParams, at: Tensors): { units: number; count: number } {
  const { sequences, heads, k, v, reverse } = params;
  const count = sequences.length * heads;
  const units = w.scratch(4 * unitWords * count);
  const view = w.bytes(units, 4 * unitWords * count);
  const words = new Int32Array(view.buffer, view.byteOffset, unitWords * count);
  const [ofKeys, ofValues] = [steps(params, k), steps(params, v)];
  sequences.forEach((sequence, n) => {
    const first = reverse && sequence.steps > 0 ? sequence.first + sequence.steps - 1 : sequence.first;
    for (let h = 0; h < heads; h++) {
      const unit = n * heads + h;
      const part = (base: number | undefined, offset: number) => (base ? base + offset : 0);
      const token = ({ batch, head, time }: typeof ofKeys) => sequence.batch * batch + h * head + first * time;
      const [key, value, state, channels] = [token(ofKeys), token(ofValues), 4 * unit * k * v, 4 * unit * k];
      words.set(
        [
          sequence.steps,
          ...[at.q, at.x, at.k].map((base) => part(base, key)),
          ...[at.v, at.o].map((base) => part(base, value)),
          part(at.s0, state),
          ...[at.m0, at.l0].map((base) => part(base, channels)),
          part(at.s, state),
          ...[at.m, at.l].map((base) => part(base, channels)),
          ...[at.dq, at.dx, at.dk].map((base) => part(base, key)),
          part(at.dv, value),
          part(at.ds0, state),
          part(at.dz0, channels),
        ],
        unit * unitWords,
      );
    }
  });
  return { units, count };
}

/** Ranges of units, enough of them to keep the threads busy. */
export function shares(count: number, threads: number): (readonly [first: number, count: number])[] {
  const tasks = threads === 1 ? 1 : Math.min(count, 4 * threads);
  const share = Math.ceil(count / tasks);
  return Array.from({ length: Math.ceil(count / share) }, (_, t) => [t * share, Math.min(share, count - t * share)]);
}
