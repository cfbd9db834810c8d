/** The records that the kernels of the delta rule read; their layout is drawn in assembly/common/delta-layout.ts. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import { recordAt, type Steps, stepsOf } from "../attention/records.js";
import type { DeltaParams } from "./delta-params.js";
import type { Sequence } from "./sequences.js";
import { stateSteps } from "./state.js";

type Run = WasmRun<RecurrenceKernels>;

const unitWords = 20;
const callWords = 18;
const gatings = { none: 0, log: 1, signed: 2 } as const;

/** Addresses of f32 arrays; 0 for one that is absent or not wanted. */
export interface DeltaAddresses {
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly beta: number;
  readonly gate: number;
  readonly initialState: number;
  readonly o?: number;
  readonly state?: number;
  readonly dO?: number;
  readonly dState?: number;
  readonly dq?: number;
  readonly dk?: number;
  readonly dv?: number;
  readonly dBeta?: number;
  readonly dGate?: number;
  readonly dInitialState?: number;
}

/** Value columns [first, first + count) of one value head of one sequence. */
export interface DeltaUnit {
  readonly sequence: Sequence;
  readonly index: number;
  readonly head: number;
  readonly column: number;
  readonly columns: number;
}

/** Steps of every array. `perStep` arrays have one row per token, the others one per key. */
function layoutOf({ layout, steps, householders, heads, valueHeads, k, v, perChannel }: DeltaParams) {
  const keys = steps * householders;
  return {
    q: stepsOf(layout, steps, heads, k),
    k: stepsOf(layout, keys, heads, k),
    v: stepsOf(layout, keys, valueHeads, v),
    beta: stepsOf(layout, keys, valueHeads, 1),
    gate: stepsOf(layout, steps, valueHeads, perChannel ? k : 1),
    o: stepsOf(layout, steps, valueHeads, v),
  };
}

/** @returns the address of the call's record */
export function writeDeltaCall(w: Run, params: DeltaParams): number {
  const { k, v, householders, gating, perChannel, scale, cpuChunk, reverse } = params;
  const at = layoutOf(params);
  const state = stateSteps(params);
  const direction = reverse ? -1 : 1;
  const token = (steps: Steps, perToken: number) => direction * perToken * steps.time;
  const address = w.scratch(4 * callWords);
  const { words, floats } = recordAt(w, address, 4 * callWords);
  words.set([k, v, householders, gatings[gating], perChannel ? 4 : 0, 0, cpuChunk, state.k, state.v]);
  words.set([token(at.q, 1), token(at.k, householders), at.k.time, token(at.v, householders), at.v.time], 9);
  words.set([token(at.beta, householders), at.beta.time, token(at.gate, 1), token(at.o, 1)], 14);
  floats[5] = scale;
  return address;
}

/** @returns the address of the first unit's record */
export function writeDeltaUnits(
  w: Run,
  params: DeltaParams,
  units: readonly DeltaUnit[],
  from: DeltaAddresses,
): number {
  const { householders: n, valueHeads, heads, k, v, reverse } = params;
  const at = layoutOf(params);
  const state = stateSteps(params);
  const address = w.scratch(4 * unitWords * units.length);
  const { words } = recordAt(w, address, 4 * unitWords * units.length);
  units.forEach(({ sequence, index, head, column, columns }, u) => {
    const token = sequence.first + (reverse ? sequence.steps - 1 : 0);
    const keyHead = Math.floor((head * heads) / valueHeads);
    const place = (base: number | undefined, steps: Steps, row: number, own: number, offset = 0) =>
      base ? base + sequence.batch * steps.batch + own * steps.head + row * steps.time + offset : 0;
    const placeState = (base: number | undefined) =>
      base ? base + 4 * (index * valueHeads + head) * k * v + column * state.v : 0;
    const offset = 4 * column;
    words.set(
      [
        place(from.q, at.q, token, keyHead),
        place(from.k, at.k, token * n, keyHead),
        place(from.v, at.v, token * n, head, offset),
        place(from.beta, at.beta, token * n, head),
        place(from.gate, at.gate, token, head),
        place(from.o, at.o, token, head, offset),
        ...[placeState(from.initialState), placeState(from.state), sequence.steps, columns],
        place(from.dO, at.o, token, head, offset),
        place(from.dq, at.q, token, keyHead),
        place(from.dk, at.k, token * n, keyHead),
        place(from.dv, at.v, token * n, head, offset),
        place(from.dBeta, at.beta, token * n, head),
        place(from.dGate, at.gate, token, head),
        ...[placeState(from.dState), placeState(from.dInitialState)],
      ],
      unitWords * u,
    );
  });
  return address;
}
