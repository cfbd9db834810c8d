/** The selective scan on the CPU: the record that its kernels read (assembly/common/selective-record.ts), and its tasks. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import { chunksOf } from "../support/chunks.js";
import type { SelectiveScanBackwardParams } from "./selective-scan-backward.js";
import type { SelectiveScanInput, SelectiveScanParams } from "./selective-scan-params.js";
import { checkRanges, finite, type Range } from "./values.js";
import { widened, writeWide } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

/** States x steps below which a second thread costs more than it brings. */
const worthAThread = 1 << 15;
/** Channels that add up dB and dC in one task: few, for the threads; not too few, for every task has its own sums in memory. */
const taskChannels = 32;
const mostTasks = 16;

const padded = (states: number) => Math.ceil(states / 4) * 4;

/** Rows of steps per kernel call where rows of states are rearranged. */
const rowSteps = 4096;

/** a, or constant b or c: rows padded to whole vectors. */
function paddedRows(w: Run, ptr: number, rows: number, states: number): number {
  if (states % 4 === 0) return ptr;
  const dst = w.scratch(4 * rows * padded(states));
  w.kernels.f32_selective_pad(ptr, dst, rows, states);
  return dst;
}

/** b or c as [B, G, L, N4]. */
function stepRows(w: Run, ptr: number, { batch, groups, states, steps }: SelectiveScanParams): number {
  const dst = w.scratch(4 * batch * groups * steps * padded(states));
  const calls = Array.from({ length: batch * groups }, (_, row) =>
    [...chunksOf(steps, rowSteps)].map(([first, count]) => [
      ptr + 4 * row * states * steps,
      dst + 4 * row * steps * padded(states),
      states,
      steps,
      first,
      count,
    ]),
  );
  w.parallel("f32_selective_rows", calls.flat());
  return dst;
}

interface Addresses {
  readonly y?: number;
  readonly state?: number;
  readonly du?: number;
  readonly dDelta?: number;
  readonly dZ?: number;
  readonly dInitialState?: number;
  readonly sums?: number;
  readonly dB?: number;
  readonly dC?: number;
  /** Bytes from one block's dB to the next. */
  readonly partBytes?: number;
  readonly blockChannels?: number;
}

function writeRecord(w: Run, inputs: readonly WasmOperand[], params: SelectiveScanParams, to: Addresses): number {
  const { channels, states, steps, groups, constantB, constantC, softplus, negative, sequences } = params;
  const at = (name: SelectiveScanInput) => {
    const operand = inputs[params.at[name]];
    return operand ? widened(w, operand) : 0;
  };
  const rows = (ptr: number, constant: boolean) =>
    constant ? paddedRows(w, ptr, channels, states) : stepRows(w, ptr, params);
  const flags = (softplus ? 1 : 0) | (negative ? 2 : 0) | (constantB ? 4 : 0) | (constantC ? 8 : 0);
  const fields = [
    ...[at("u"), at("delta"), paddedRows(w, at("a"), channels, states)],
    ...[rows(at("b"), constantB), rows(at("c"), constantC)],
    ...[at("d"), at("z"), at("deltaBias"), at("initialState")],
    ...[to.y ?? 0, to.state ?? 0, 0, channels, states, steps, channels / groups, flags],
    ...[at("dY"), at("dState"), to.du ?? 0, to.dDelta ?? 0, to.dZ ?? 0, to.dInitialState ?? 0, to.sums ?? 0],
    ...[to.dB ?? 0, to.dC ?? 0, to.partBytes ?? 0, to.blockChannels ?? 0],
  ];
  const record = w.scratch(4 * (fields.length + 3 * sequences.length));
  fields[11] = record + 4 * fields.length;
  const words = wordsAt(w, record, fields.length + 3 * sequences.length);
  words.set(fields);
  words.set(
    sequences.flatMap((s) => [s.batch, s.first, s.steps]),
    fields.length,
  );
  return record;
}

function wordsAt(w: Run, ptr: number, count: number): Int32Array {
  const { buffer, byteOffset } = w.bytes(ptr, 4 * count);
  return new Int32Array(buffer, byteOffset, count);
}

function floatsAt(w: Run, ptr: number, count: number): Float32Array {
  const { buffer, byteOffset } = w.bytes(ptr, 4 * count);
  return new Float32Array(buffer, byteOffset, count);
}

const growth = "would make the state grow (allowGrowth lets it)";

/** Growth where it is not allowed and, on request, NaN and infinities. */
export function checkSelectiveScan(
  w: Run,
  op: string,
  inputs: readonly WasmOperand[],
  params: SelectiveScanParams,
): void {
  const { names, at, softplus, validate, allowGrowth } = params;
  const ranges: Partial<Record<SelectiveScanInput, Range>> = {
    a: { ...finite, high: 0, problem: growth },
    ...(softplus || at.deltaBias >= 0 ? {} : { delta: { ...finite, low: 0, problem: growth } }),
  };
  checkRanges(w, op, inputs, names, (name) => {
    const range = allowGrowth ? undefined : ranges[name as SelectiveScanInput];
    return range ?? (validate ? finite : undefined);
  });
}

/** Runs `count` tasks of a kernel (record, first, count, scratch), a few calls per thread. */
function runTasks(
  w: Run,
  name: "f32_selective_scan" | "f32_selective_scan_backward",
  record: number,
  count: number,
  scratchBytes: number,
  work: number,
): void {
  const calls = w.threads === 1 || work < worthAThread ? 1 : Math.min(count, 4 * w.threads);
  const share = Math.max(1, Math.ceil(count / calls));
  const each = Math.ceil(scratchBytes / 64) * 64;
  const scratch = w.scratch(each * calls);
  w.parallel(
    name,
    [...chunksOf(count, share)].map(([first, n], i) => [record, first, n, scratch + i * each]),
  );
}

/** Outputs y and state. */
export function runSelectiveScan(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: SelectiveScanParams,
): void {
  const { batch, channels, states, steps, sequences } = params;
  const [y, state] = outputs as [WasmOperand, WasmOperand];
  const scratch = w.kernels.f32_selective_scan_scratch(states);
  const work = batch * channels * steps * padded(states);
  writeWide(w, y, (ptr) => {
    const record = writeRecord(w, inputs, params, { y: ptr, state: state.ptr });
    runTasks(w, "f32_selective_scan", record, sequences.length * channels, scratch, work);
  });
}

/** Outputs as in `selectiveScanBackward`. */
export function runSelectiveScanBackward(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: SelectiveScanBackwardParams,
): void {
  const { batch, channels, states, steps, groups, sequences, constantB, constantC } = params;
  const [du, dDelta, dA, dB, dC, dInitialState, ...rest] = outputs as [
    WasmOperand,
    WasmOperand,
    WasmOperand,
    WasmOperand,
    WasmOperand,
    WasmOperand,
    ...WasmOperand[],
  ];
  const hasZ = params.at.z >= 0;
  const blockChannels = Math.max(taskChannels, Math.ceil(channels / groups / mostTasks));
  const blocks = Math.ceil(channels / groups / blockChannels);
  const partBytes = 4 * batch * groups * steps * padded(states);
  const sumFloats = 3 * padded(states) + 4;
  const sums = w.scratch(4 * sequences.length * channels * sumFloats);
  const parts = (constant: boolean) => (constant ? 0 : w.scratch(blocks * partBytes));
  const to = {
    du: du.ptr,
    dDelta: dDelta.ptr,
    dInitialState: dInitialState.ptr,
    dZ: hasZ ? (rest[0] as WasmOperand).ptr : 0,
    sums,
    dB: parts(constantB),
    dC: parts(constantC),
    partBytes,
    blockChannels,
  };
  const record = writeRecord(w, inputs, params, to);
  const longest = sequences.reduce((most, s) => Math.max(most, s.steps), 0);
  const scratch = w.kernels.f32_selective_scan_backward_scratch(states, longest);
  const tasks = sequences.length * groups * blocks;
  runTasks(w, "f32_selective_scan_backward", record, tasks, scratch, 2 * batch * channels * steps * padded(states));

  const total = (operand: WasmOperand, offset: number, width: number) => {
    const from = floatsAt(w, sums, sequences.length * channels * sumFloats);
    floatsAt(w, operand.ptr, operand.size).set(sumOver(from, sequences.length, channels, sumFloats, offset, width));
  };
  total(dA, 0, states);
  for (const [operand, constant, part, offset] of [
    [dB, constantB, to.dB, 1],
    [dC, constantC, to.dC, 2],
  ] as const) {
    if (constant) total(operand, offset * padded(states), states);
    else columns(w, part, blocks, partBytes, operand.ptr, params);
  }
  const scalars = rest.slice(hasZ ? 1 : 0);
  if (params.at.d >= 0) total(scalars.shift() as WasmOperand, 3 * padded(states), 1);
  if (params.at.deltaBias >= 0) total(scalars.shift() as WasmOperand, 3 * padded(states) + 1, 1);
}

/** [channels, width] sums over sequences of a part of the kernel's per-channel records. */
function sumOver(
  from: Float32Array,
  sequences: number,
  channels: number,
  stride: number,
  offset: number,
  width: number,
): Float64Array {
  const sums = new Float64Array(channels * width);
  for (let s = 0; s < sequences; s++) {
    for (let d = 0; d < channels; d++) {
      const at = (s * channels + d) * stride + offset;
      for (let n = 0; n < width; n++) sums[d * width + n]! += from[at + n] as number;
    }
  }
  return sums;
}

/** The blocks' [B, G, L, N4] summed into [B, G, N, L]. */
function columns(w: Run, from: number, parts: number, partBytes: number, dst: number, params: SelectiveScanParams) {
  const { batch, groups, states, steps } = params;
  const calls = Array.from({ length: batch * groups }, (_, row) =>
    [...chunksOf(steps, rowSteps)].map(([first, count]) => [
      from + 4 * row * steps * padded(states),
      parts,
      partBytes,
      dst + 4 * row * states * steps,
      states,
      steps,
      first,
      count,
    ]),
  );
  w.parallel("f32_selective_columns", calls.flat());
}
