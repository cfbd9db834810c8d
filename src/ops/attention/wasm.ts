/** Attention on the CPU: the call cut into units, and units into calls for the threads. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import type { WasmOperand } from "../define-op.js";
import { decodeUnits, isDecode, runDecode } from "./decode.js";
import { type AttentionParams, stretchesOf, visiblePairs } from "./params.js";
import { stepsOf, type Unit, writeOptions, writeUnits } from "./records.js";

type Run = WasmRun<CoreKernels>;

/** Rows of a unit, as the kernel packs them. */
const UNIT_ROWS = 128;
/** Multiply-adds below which a second thread costs more than it brings. */
const WORTH_A_THREAD = 1 << 17;

/** Numbers of the storage types in the kernels. */
const formats = { f16: 0, bf16: 1, f32: 8 } as const;

export function runAttention(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: AttentionParams,
): void {
  const [q, k, v] = inputs as [WasmOperand, WasmOperand, WasmOperand];
  const [o, lse] = outputs as [WasmOperand, WasmOperand | undefined];
  if (params.batch * params.rows * params.heads === 0) return;
  // Half floats are widened whole: simple, and the kernels' traffic is theirs alone.
  const format = formats[params.dtype];
  const wide = (t: WasmOperand) => {
    if (params.dtype === "f32") return t.ptr;
    const ptr = w.scratch(4 * t.size);
    w.kernels.widen(format, t.ptr, ptr, t.size);
    return ptr;
  };
  const result = params.dtype === "f32" ? o.ptr : w.scratch(4 * o.size);
  const pointers = { q: wide(q), k: wide(k), v: wide(v), o: result, lse: lse?.ptr ?? 0 };
  const optional = optionalInputs(w, inputs, params);
  const units = headUnits(params, pointers, optional);
  const long = units.filter((unit) => !isDecode(unit)).flatMap((unit) => rowBlocks(unit, params));
  const short = units.filter(isDecode);
  const threads = visiblePairs(params) * params.heads * (params.d + params.dv) < 2 * WORTH_A_THREAD ? 1 : w.threads;
  if (long.length > 0) runBlocks(w, params, long, threads);
  if (short.length > 0) runDecode(w, params, decodeUnits(w, params, short), threads);
  if (params.dtype !== "f32") w.kernels.narrow(format, result, o.ptr, o.size);
}

export interface OptionalInputs {
  /** Address of the bias, 0 for none. */
  readonly bias: number;
  readonly slopes: Float32Array | undefined;
  readonly sinks: Float32Array | undefined;
}

/** Per-head values are copied out of the memory: they go into the records. */
export function optionalInputs(
  w: Run,
  inputs: readonly WasmOperand[],
  { inputs: at }: AttentionParams,
): OptionalInputs {
  const values = (index: number) => {
    const operand = inputs[index];
    return operand && new Float32Array(w.bytes(operand.ptr, 4 * operand.size).slice().buffer);
  };
  return { bias: inputs[at.bias]?.ptr ?? 0, slopes: values(at.alibiSlopes), sinks: values(at.sinks) };
}

interface Pointers {
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly o: number;
  readonly lse: number;
}

/** One unit per stretch and query head, heads of one kv head next to each other. */
export function headUnits(params: AttentionParams, at: Pointers, { bias, slopes, sinks }: OptionalInputs): Unit[] {
  const { layout, heads, kvHeads, rows, keys, d, dv, biasStrides } = params;
  const [ofQ, ofO] = [stepsOf(layout, rows, heads, d), stepsOf(layout, rows, heads, dv)];
  const [ofK, ofV] = [stepsOf(layout, keys, kvHeads, d), stepsOf(layout, keys, kvHeads, dv)];
  const [biasBatch, biasHead, biasRow, biasKey] = biasStrides as [number, number, number, number];
  return stretchesOf(params).flatMap(({ batch, firstRow, firstKey, ...stretch }) =>
    Array.from({ length: heads }, (_, head): Unit => {
      const kvHead = Math.floor((head * kvHeads) / heads);
      const biasAt = batch * biasBatch + head * biasHead + firstRow * biasRow + firstKey * biasKey;
      return {
        q: at.q + batch * ofQ.batch + head * ofQ.head + firstRow * ofQ.time,
        k: at.k + batch * ofK.batch + kvHead * ofK.head + firstKey * ofK.time,
        v: at.v + batch * ofV.batch + kvHead * ofV.head + firstKey * ofV.time,
        o: at.o + batch * ofO.batch + head * ofO.head + firstRow * ofO.time,
        lse: at.lse && at.lse + 4 * ((batch * heads + head) * rows + firstRow),
        bias: bias && bias + 4 * biasAt,
        rows: stretch.rows,
        keys: stretch.keys,
        position: stretch.keys - stretch.rows,
        slope: slopes?.[head] ?? 0,
        sink: sinks?.[head] ?? Number.NEGATIVE_INFINITY,
      };
    }),
  );
}

/** A unit cut into blocks of rows that the kernel takes, the last first: under a causal mask it is the longest. */
function rowBlocks(unit: Unit, params: AttentionParams): Unit[] {
  const { layout, heads, rows, d, dv, biasStrides } = params;
  const blocks = Math.ceil(unit.rows / UNIT_ROWS);
  return Array.from({ length: blocks }, (_, index) => {
    const row = (blocks - 1 - index) * UNIT_ROWS;
    return {
      ...unit,
      q: unit.q + row * stepsOf(layout, rows, heads, d).time,
      o: unit.o + row * stepsOf(layout, rows, heads, dv).time,
      lse: unit.lse && unit.lse + 4 * row,
      bias: unit.bias && unit.bias + 4 * row * (biasStrides[2] as number),
      rows: Math.min(UNIT_ROWS, unit.rows - row),
      position: unit.position + row,
    };
  });
}

function runBlocks(w: Run, params: AttentionParams, units: readonly Unit[], threads: number): void {
  const { layout, heads, kvHeads, rows, keys, d, dv } = params;
  const options = writeOptions(w, params, {
    qStep: stepsOf(layout, rows, heads, d).time,
    kStep: stepsOf(layout, keys, kvHeads, d).time,
    vStep: stepsOf(layout, keys, kvHeads, dv).time,
    oStep: stepsOf(layout, rows, heads, dv).time,
  });
  const records = writeUnits(w, units);
  const tasks = threads === 1 ? 1 : Math.min(units.length, 4 * threads);
  const bytes = Math.ceil(w.kernels.f32_attention_scratch(d, dv) / 64) * 64;
  const scratch = w.scratch(bytes * tasks);
  const calls = Array.from({ length: tasks }, (_, t) => [
    options,
    records,
    t,
    tasks,
    units.length,
    scratch + t * bytes,
  ]);
  w.parallel("f32_attention", calls);
}
