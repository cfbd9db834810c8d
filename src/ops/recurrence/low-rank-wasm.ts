/** The low-rank recurrence on the CPU: the records that its kernels read (assembly/common/low-rank-record.ts), and its tasks. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import { stepsOf } from "../attention/records.js";
import type { WasmOperand } from "../define-op.js";
import { chunksOf } from "../support/chunks.js";
import type { LowRankBackwardParams } from "./low-rank-backward.js";
import type { LowRankInput, LowRankParams } from "./low-rank-params.js";
import { runsInChunks } from "./params.js";
import { stateSteps } from "./state.js";
import { widened, writeWide } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

const unitWords = 21;
/** Multiply-adds below which a second thread costs more than it brings. */
const worthAThread = 1 << 17;

/** Addresses of everything that a unit reads or writes, f32; 0 where absent. */
type Addresses = Readonly<Partial<Record<LowRankInput | LowRankOutput, number>>>;
type LowRankOutput = "o" | "state" | "dq" | "dk" | "dv" | "da" | "db" | "dGate" | "dInitialState";

function writeCall(w: Run, params: LowRankParams): number {
  const { layout, steps, heads, valueHeads, k, v, scale, reverse, sequences } = params;
  const sign = reverse ? -1 : 1;
  const call = w.scratch(36);
  const { buffer, byteOffset } = w.bytes(call, 36);
  const ofState = stateSteps(params);
  const words = new Int32Array(buffer, byteOffset, 9);
  words.set([k, v, 0, sign * stepsOf(layout, steps, heads, k).time, sign * stepsOf(layout, steps, valueHeads, v).time]);
  words.set([sign * stepsOf(layout, steps, valueHeads, k).time, ofState.k, ofState.v], 5);
  words[8] = sequences.reduce((most, sequence) => Math.max(most, sequence.steps), 0);
  new Float32Array(buffer, byteOffset, 9)[2] = scale;
  return call;
}

/** One unit per sequence and value head; those that share a key head are neighbours. */
function writeUnits(w: Run, params: LowRankParams, at: Addresses, chunkOf: (steps: number) => number): number {
  const { layout, steps, heads, valueHeads, k, v, reverse, sequences } = params;
  const [ofKeys, ofValues] = [stepsOf(layout, steps, heads, k), stepsOf(layout, steps, valueHeads, v)];
  const ofGates = stepsOf(layout, steps, valueHeads, k);
  const units = w.scratch(4 * unitWords * sequences.length * valueHeads);
  const { buffer, byteOffset } = w.bytes(units, 4 * unitWords * sequences.length * valueHeads);
  const words = new Int32Array(buffer, byteOffset, unitWords * sequences.length * valueHeads);
  const group = valueHeads / heads;
  sequences.forEach((sequence, s) => {
    const row = reverse ? sequence.first + sequence.steps - 1 : sequence.first;
    for (let j = 0; j < valueHeads; j++) {
      const offset = (of: typeof ofKeys, head: number) => sequence.batch * of.batch + head * of.head + row * of.time;
      const key = (name: keyof Addresses) => at[name] && at[name] + offset(ofKeys, Math.floor(j / group));
      const value = (name: keyof Addresses) => at[name] && at[name] + offset(ofValues, j);
      const gate = (name: keyof Addresses) => at[name] && at[name] + offset(ofGates, j);
      const state = (name: keyof Addresses) => at[name] && at[name] + 4 * (s * valueHeads + j) * k * v;
      const fields = [
        ...[key("q"), key("k"), value("v"), key("a"), key("b"), gate("gate"), value("o")],
        ...[state("initialState"), state("state"), sequence.steps, chunkOf(sequence.steps)],
        ...[value("dO"), key("dq"), key("dk"), value("dv"), key("da"), key("db"), gate("dGate")],
        ...[state("dState"), state("dInitialState"), j % group > 0 ? 1 : 0],
      ];
      words.set(
        fields.map((field) => field ?? 0),
        unitWords * (s * valueHeads + j),
      );
    }
  });
  return units;
}

/** Runs all units, `together` neighbours always in one call, a few calls per thread. */
function runUnits(
  w: Run,
  kernel: "f32_low_rank" | "f32_low_rank_backward",
  params: LowRankParams,
  [call, units]: readonly [call: number, units: number],
  scratchBytes: number,
  together = 1,
): void {
  const { sequences, valueHeads, batch, steps, k, v } = params;
  const groups = (sequences.length * valueHeads) / together;
  const threads = batch * steps * valueHeads * k * v < worthAThread ? 1 : w.threads;
  const share = Math.max(1, Math.ceil(groups / (threads === 1 ? 1 : 4 * threads))) * together;
  const calls = [...chunksOf(groups * together, share)];
  const each = Math.ceil(scratchBytes / 64) * 64;
  const scratch = w.scratch(each * calls.length);
  w.parallel(
    kernel,
    calls.map(([first, count], i) => [call, units, first, count, scratch + i * each]),
  );
}

/** Addresses of the inputs as f32. */
function inputsAt(w: Run, inputs: readonly WasmOperand[], { names }: LowRankParams): Addresses {
  return Object.fromEntries(inputs.map((input, index) => [names[index], widened(w, input)]));
}

/** Outputs o and state. */
export function runLowRank(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: LowRankParams,
): void {
  const [o, state] = outputs as [WasmOperand, WasmOperand];
  const chunkOf = (steps: number) => (runsInChunks(params, steps) ? params.chunk : 0);
  const from = inputsAt(w, inputs, params);
  writeWide(w, o, (ptr) => {
    const records = [
      writeCall(w, params),
      writeUnits(w, params, { ...from, o: ptr, state: state.ptr }, chunkOf),
    ] as const;
    runUnits(w, "f32_low_rank", params, records, w.kernels.f32_low_rank_scratch(params.k, params.v, params.chunk));
  });
}

/** Outputs as `gradients` names them. */
export function runLowRankBackward(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: LowRankBackwardParams,
): void {
  const { heads, valueHeads, k, v, chunk, sequences, gradients } = params;
  const to = Object.fromEntries(outputs.map((output, index) => [gradients[index], output.ptr]));
  const longest = sequences.reduce((most, { steps }) => Math.max(most, steps), 0);
  const records = [
    writeCall(w, params),
    writeUnits(w, params, { ...inputsAt(w, inputs, params), ...to }, () => chunk),
  ] as const;
  const scratch = w.kernels.f32_low_rank_backward_scratch(k, v, chunk, longest);
  runUnits(w, "f32_low_rank_backward", params, records, scratch, valueHeads / heads);
}
