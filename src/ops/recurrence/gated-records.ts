/** Writes the records that the kernels of gated recurrences read; their layout is drawn in assembly/common/gated-layout.ts. */
import type { WasmRun } from "../../backends/wasm/group.js";
import { stepsOf } from "../attention/records.js";
import type { GatedParams, GateKind } from "./gated-params.js";
import { stateSteps } from "./state.js";

const callBytes = 44;
const unitBytes = 72;

// biome-ignore lint/suspicious/noExplicitAny: any group's run has scratch and bytes
type Memory = Pick<WasmRun<any>, "scratch" | "bytes">;

const kinds: Record<GateKind, number> = { none: 0, decay: 1, gate: 1, signedGate: 2 };

/** Distances in bytes: along time (negative in reverse), to the next head, to the next batch entry. */
export function gatedSteps(params: GatedParams) {
  const { layout, steps, heads, valueHeads, k, v, perChannel, kind, reverse } = params;
  const turn = (of: ReturnType<typeof stepsOf>) => ({ ...of, time: reverse ? -of.time : of.time });
  const gate =
    kind === "decay" ? { time: 0, head: 4, batch: 0 } : turn(stepsOf(layout, steps, valueHeads, perChannel ? k : 1));
  return { key: turn(stepsOf(layout, steps, heads, k)), value: turn(stepsOf(layout, steps, valueHeads, v)), gate };
}

/** @returns the record's address */
export function writeCall(w: Memory, params: GatedParams): number {
  const { k, kind, perChannel, exclusive, scale, cpuChunk } = params;
  const { key, value, gate } = gatedSteps(params);
  const state = stateSteps(params);
  const address = w.scratch(callBytes);
  const { words, floats } = recordAt(w, address, callBytes);
  words.set([k, kinds[kind], perChannel ? 1 : 0, exclusive ? 1 : 0]);
  floats[4] = scale;
  words.set([cpuChunk, state.k, state.v, key.time, value.time, kind === "none" ? 0 : gate.time], 5);
  return address;
}

/** One value head of one sequence, or some of its columns; addresses in bytes, 0 for what there is not. */
export interface Unit {
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly gate: number;
  readonly o: number;
  readonly initial: number;
  readonly state: number;
  readonly steps: number;
  readonly columns: number;
  readonly bonus: number;
  readonly dO?: number;
  readonly dq?: number;
  readonly dk?: number;
  readonly dv?: number;
  readonly dGate?: number;
  readonly dState?: number;
  readonly dInitial?: number;
  readonly dBonus?: number;
}

/** @returns the address of the first of the records */
export function writeUnits(w: Memory, units: readonly Unit[]): number {
  const address = w.scratch(unitBytes * units.length);
  const { words } = recordAt(w, address, unitBytes * units.length);
  let at = 0;
  // Field by field, in the order of the record: a loop over names would cost a decoded token more than its arithmetic.
  for (const unit of units) {
    words[at] = unit.q;
    words[at + 1] = unit.k;
    words[at + 2] = unit.v;
    words[at + 3] = unit.gate;
    words[at + 4] = unit.o;
    words[at + 5] = unit.initial;
    words[at + 6] = unit.state;
    words[at + 7] = unit.steps;
    words[at + 8] = unit.columns;
    words[at + 9] = unit.bonus;
    if (unit.dO === undefined) words.fill(0, at + 10, at + unitBytes / 4);
    else writeGradients(words, at + 10, unit);
    at += unitBytes / 4;
  }
  return address;
}

function writeGradients(words: Int32Array, at: number, unit: Unit): void {
  const { dO = 0, dq = 0, dk = 0, dv = 0, dGate = 0, dState = 0, dInitial = 0, dBonus = 0 } = unit;
  words.set([dO, dq, dk, dv, dGate, dState, dInitial, dBonus], at);
}

function recordAt(w: Memory, address: number, bytes: number): { words: Int32Array; floats: Float32Array } {
  const { buffer, byteOffset } = w.bytes(address, bytes);
  return {
    words: new Int32Array(buffer, byteOffset, bytes / 4),
    floats: new Float32Array(buffer, byteOffset, bytes / 4),
  };
}
