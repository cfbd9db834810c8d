/** Gradients of gated recurrences on the CPU: heads that share q and k are one task, so that every sum has one writer. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import type { GatedBackwardParams, GatedGradient } from "./gated-gradients.js";
import { type Unit, writeCall, writeUnits } from "./gated-records.js";
import { headUnits, tasksOf, threadsFor } from "./gated-units.js";
import { inputAddresses } from "./gated-wasm.js";
import { writeWide } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

/** Inputs as params.names says, outputs as params.gradients. */
export function runGatedBackward(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: GatedBackwardParams,
): void {
  const { gradients } = params;
  const at = Object.fromEntries(gradients.map((name, i) => [name, outputs[i] as WasmOperand])) as Partial<
    Record<GatedGradient, WasmOperand>
  >;
  const from = inputAddresses(w, inputs, params);
  intoAll(w, [at.dq, at.dk, at.dv, at.dGate ?? at.dSignedGate], ([dq, dk, dv, dGate]) => {
    for (const [ptr, operand] of [[dq, at.dq] as const, [dk, at.dk] as const]) {
      if (operand) w.bytes(ptr as number, 4 * operand.size).fill(0);
    }
    const forward = headUnits(params, { ...from, o: 0, state: 0 });
    if (forward.length === 0) {
      for (const operand of [at.dBonus, at.dDecay]) if (operand) w.bytes(operand.ptr, 4 * operand.size).fill(0);
      return;
    }
    const to = {
      q: dq,
      k: dk,
      v: dv,
      gate: dGate,
      o: from.dO,
      initial: from.dState,
      state: at.dInitialState?.ptr ?? 0,
    };
    const gradientUnits = headUnits(params, { ...to, bonus: 0 } as Parameters<typeof headUnits>[1]);
    const decays = at.dDecay ? zeroed(w, 8 * forward.length) : 0;
    const bonuses = at.dBonus ? zeroed(w, 4 * forward.length * params.k) : 0;
    const units = forward.map((unit, i): Unit => {
      const own = gradientUnits[i] as Unit;
      return {
        ...unit,
        ...{ dO: own.o, dq: own.q, dk: own.k, dv: own.v, dState: own.initial, dInitial: own.state },
        dGate: decays ? decays + 8 * i : own.gate,
        dBonus: bonuses && bonuses + 4 * i * params.k,
      };
    });
    runUnits(w, params, units);
    const shared = params.valueHeads / params.heads;
    if (at.dDecay)
      sumInto(w, at.dDecay, new Float64Array(copyOf(w, decays, 8 * units.length)), (i) => i % params.valueHeads);
    if (at.dBonus) {
      const { k, valueHeads } = params;
      const parts = new Float32Array(copyOf(w, bonuses, 4 * units.length * k));
      sumInto(w, at.dBonus, parts, (i) => Math.floor((Math.floor(i / k) % valueHeads) / shared) * k + (i % k));
    }
  });
}

function runUnits(w: Run, params: GatedBackwardParams, units: readonly Unit[]): void {
  const call = writeCall(w, params);
  const records = writeUnits(w, units);
  const longest = units.reduce((most, { steps }) => Math.max(most, steps), 0);
  const bytes = Math.ceil(w.kernels.f32_gated_backward_scratch(call, params.v, longest) / 64) * 64;
  const tasks = tasksOf(units.length, threadsFor(w, params), params.valueHeads / params.heads);
  const scratch = w.scratch(bytes * tasks.length);
  w.parallel(
    "f32_gated_backward",
    tasks.map(([first, count], t) => [call, records, first, count, scratch + t * bytes]),
  );
}

/** Runs `write` with f32 addresses of several operands, 0 for those that are absent. */
function intoAll(
  w: Run,
  operands: readonly (WasmOperand | undefined)[],
  write: (addresses: number[]) => void,
  addresses: number[] = [],
): void {
  const operand = operands[addresses.length];
  if (addresses.length === operands.length) write(addresses);
  else if (!operand) intoAll(w, operands, write, [...addresses, 0]);
  else writeWide(w, operand, (ptr) => intoAll(w, operands, write, [...addresses, ptr]));
}

function zeroed(w: Run, bytes: number): number {
  const ptr = w.scratch(bytes);
  w.bytes(ptr, bytes).fill(0);
  return ptr;
}

function copyOf(w: Run, ptr: number, bytes: number): ArrayBuffer {
  return w.bytes(ptr, bytes).slice().buffer as ArrayBuffer;
}

/** target[indexOf(i)] += parts[i], over all parts. */
function sumInto(w: Run, target: WasmOperand, parts: ArrayLike<number>, indexOf: (i: number) => number): void {
  const sums = new Float64Array(target.size);
  for (let i = 0; i < parts.length; i++) sums[indexOf(i)]! += parts[i] as number;
  writeWide(w, target, (ptr) => {
    const { buffer, byteOffset } = w.bytes(ptr, 4 * target.size);
    new Float32Array(buffer, byteOffset, target.size).set(sums);
  });
}
