/** Calls of the low-rank recurrence for its tests, with the oracle's answer sequence by sequence. */
import type { Engine } from "../../../src/engine/engine.js";
import type { LowRankOptions } from "../../../src/ops/recurrence/low-rank-params.js";
import {
  type LowRankOracleInput,
  lowRankBackwardOracle,
  lowRankOracle,
} from "../../../src/oracles/recurrence-low-rank.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { type StoredArray, stored, uniform } from "../../support/arrays.js";

export interface LowRankCase {
  readonly batch?: number;
  readonly steps: number;
  readonly heads?: number;
  readonly valueHeads?: number;
  readonly k?: number;
  readonly v?: number;
  readonly dtype?: "f32" | "f16" | "bf16";
  readonly gate?: boolean;
  /** Every so many gates is -Infinity. */
  readonly resets?: number;
  readonly initialState?: boolean;
  readonly layout?: "bthd" | "bhtd";
  readonly stateLayout?: "kv" | "vk";
  readonly cuSeqlens?: readonly number[];
  readonly reverse?: boolean;
  readonly scale?: number;
  readonly form?: "sequential" | "chunked";
  readonly chunk?: 16 | 32 | 64;
}

export const lowRankCases: readonly LowRankCase[] = [
  { steps: 1 },
  { steps: 5, k: 1, v: 1, gate: true, initialState: true },
  { steps: 17, k: 5, v: 3, form: "chunked", gate: true, initialState: true },
  { steps: 17, k: 5, v: 20, form: "sequential", gate: true, initialState: true },
  { steps: 77, k: 16, v: 8, heads: 2, valueHeads: 4, batch: 2, gate: true, initialState: true },
  { steps: 77, k: 8, v: 12, chunk: 32, gate: true, stateLayout: "vk", initialState: true },
  { steps: 130, k: 7, v: 17, chunk: 64, gate: true, scale: 1 },
  { steps: 70, k: 4, v: 4, gate: true, resets: 5, initialState: true, form: "chunked" },
  { steps: 33, k: 4, v: 4, gate: true, resets: 3, initialState: true, form: "sequential" },
  { steps: 40, k: 6, v: 5, heads: 2, layout: "bhtd", form: "chunked", gate: true, reverse: true, initialState: true },
  {
    steps: 60,
    k: 8,
    v: 8,
    heads: 2,
    valueHeads: 4,
    cuSeqlens: [0, 7, 7, 41, 60],
    form: "chunked",
    gate: true,
    initialState: true,
  },
  { steps: 20, k: 8, v: 8, cuSeqlens: [0, 0, 13, 20, 20], form: "sequential", reverse: true, initialState: true },
  { steps: 40, k: 8, v: 8, dtype: "f16", gate: true, form: "chunked" },
  { steps: 20, k: 8, v: 8, dtype: "bf16", gate: true, initialState: true },
  { steps: 0, k: 4, v: 4, gate: true, initialState: true },
];

/** Rounded numbers of a step tensor, token first; unit rows where `unit`. */
function rows(count: number, width: number, dtype: "f32" | "f16" | "bf16", seed: number, unit = false): StoredArray {
  const next = uniform(seed);
  const values = Float64Array.from({ length: count * width }, () => 2 * next() - 1);
  for (let row = 0; unit && row < count; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    const norm = Math.hypot(...own) || 1;
    own.forEach((x, i) => {
      own[i] = x / norm;
    });
  }
  return stored([count, width], dtype, values);
}

export function prepareLowRank(engine: Engine, given: LowRankCase) {
  const { batch = 1, steps, heads = 1, valueHeads = heads, k = 4, v = 4, dtype = "f32", layout = "bthd" } = given;
  const tokens = batch * steps;
  const starts = given.cuSeqlens ?? Array.from({ length: batch + 1 }, (_, b) => b * steps);
  const sequences = starts.length - 1;
  const a = rows(tokens * heads, k, dtype, 4, true);
  // b = -c a with 0 < c < 2, bent a little: the state neither dies nor grows.
  const strength = uniform(5);
  const toB = a.values.map((x, i) => -x * (0.5 + 0.7 * strength()) + 0.01 * Math.sin(i));
  const gates = rows(tokens * valueHeads, k, "f32", 6);
  const gateValues = gates.values.map((x, i) => (given.resets && i % given.resets === 0 ? -Infinity : -0.3 * (x + 1)));
  const state = rows(sequences * valueHeads * k, v, "f32", 7);
  const dState = rows(sequences * valueHeads * k, v, "f32", 8);
  const arrays = {
    q: rows(tokens * heads, k, dtype, 1),
    k: rows(tokens * heads, k, dtype, 2, true),
    v: rows(tokens * valueHeads, v, dtype, 3),
    a,
    b: stored([tokens * heads, k], dtype, toB),
    gate: stored([tokens * valueHeads, k], "f32", gateValues),
    dO: rows(tokens * valueHeads, v, "f32", 9),
  };
  const own: Tensor[] = [];
  /** A tensor in the call's layout of token-first rows. */
  const tensor = ({ bits, dtype: type }: StoredArray, of: number, width: number) => {
    const isFirst = layout === "bhtd";
    const moved = bits.slice();
    if (isFirst) {
      eachRow(batch, steps, of, (from, to) => moved.set(bits.subarray(from * width, (from + 1) * width), to * width));
    }
    const shape = isFirst ? [batch, of, steps, width] : [batch, steps, of, width];
    own.push(engine.fromBits(moved, { shape, dtype: type }));
    return own.at(-1) as Tensor;
  };
  const stateTensor = ({ values }: StoredArray) => {
    const isTransposed = given.stateLayout === "vk";
    const moved = Float32Array.from(values);
    if (isTransposed) moved.set(transposed(values, sequences * valueHeads, k, v));
    const shape = [sequences, valueHeads, ...(isTransposed ? [v, k] : [k, v])];
    own.push(engine.tensor(moved, { shape }));
    return own.at(-1) as Tensor;
  };
  const args = [
    tensor(arrays.q, heads, k),
    tensor(arrays.k, heads, k),
    tensor(arrays.v, valueHeads, v),
    tensor(arrays.a, heads, k),
    tensor(arrays.b, heads, k),
  ] as const;
  const passed = ["layout", "stateLayout", "cuSeqlens", "reverse", "scale", "form", "chunk"] as const;
  const options = Object.fromEntries(passed.filter((name) => name in given).map((name) => [name, given[name]]));
  return {
    args,
    dO: tensor(arrays.dO, valueHeads, v),
    dState: stateTensor(dState),
    options: {
      ...options,
      ...(given.gate ? { gate: tensor(arrays.gate, valueHeads, k) } : {}),
      ...(given.initialState ? { initialState: stateTensor(state) } : {}),
    } as LowRankOptions,
    expected: expectedOf(given, arrays, state, dState, starts),
    own,
  };
}

/** Calls back with the row of (batch, step, head) token-first and head-first. */
function eachRow(batch: number, steps: number, heads: number, visit: (tokenFirst: number, headFirst: number) => void) {
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < steps; t++) {
      for (let h = 0; h < heads; h++) visit((b * steps + t) * heads + h, (b * heads + h) * steps + t);
    }
  }
}

function transposed(values: ArrayLike<number>, count: number, rowCount: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let n = 0; n < count; n++) {
    for (let r = 0; r < rowCount; r++) {
      for (let c = 0; c < columns; c++) {
        result[(n * columns + c) * rowCount + r] = values[(n * rowCount + r) * columns + c] as number;
      }
    }
  }
  return result;
}

type Arrays = Record<"q" | "k" | "v" | "a" | "b" | "gate" | "dO", StoredArray>;

/** What the call should give, in the call's layouts: each sequence on its own, turned round where it runs backwards. */
function expectedOf(
  given: LowRankCase,
  arrays: Arrays,
  state: StoredArray,
  dState: StoredArray,
  starts: readonly number[],
) {
  const { batch = 1, steps, heads = 1, valueHeads = heads, k = 4, v = 4, layout = "bthd" } = given;
  const widths = {
    q: heads * k,
    k: heads * k,
    v: valueHeads * v,
    a: heads * k,
    b: heads * k,
    gate: valueHeads * k,
    dO: valueHeads * v,
  };
  const outputs = {
    o: widths.v,
    dq: widths.q,
    dk: widths.k,
    dv: widths.v,
    da: widths.a,
    db: widths.b,
    dGate: widths.gate,
  };
  const all = Object.fromEntries(
    Object.entries(outputs).map(([name, width]) => [name, new Float64Array(batch * steps * width)]),
  ) as Record<keyof typeof outputs, Float64Array>;
  const size = valueHeads * k * v;
  const states = new Float64Array((starts.length - 1) * size);
  const dInitial = new Float64Array((starts.length - 1) * size);
  const turned = (values: Float64Array, width: number) => {
    if (!given.reverse) return values;
    const count = values.length / width;
    const result = new Float64Array(values.length);
    for (let t = 0; t < count; t++) result.set(values.subarray(t * width, (t + 1) * width), (count - 1 - t) * width);
    return result;
  };
  for (let s = 0; s + 1 < starts.length; s++) {
    const [from, to] = [starts[s] as number, starts[s + 1] as number];
    const part = (name: keyof typeof widths) =>
      turned(arrays[name].values.subarray(from * widths[name], to * widths[name]), widths[name]);
    const input: LowRankOracleInput = {
      ...{ batch: 1, steps: to - from, heads, valueHeads, keyWidth: k, valueWidth: v },
      ...{ q: part("q"), k: part("k"), v: part("v"), a: part("a"), b: part("b") },
    };
    const options = {
      ...(given.gate ? { gate: part("gate") } : {}),
      ...(given.initialState ? { initialState: state.values.subarray(s * size, (s + 1) * size) } : {}),
      ...(given.scale === undefined ? {} : { scale: given.scale }),
    };
    const forward = lowRankOracle(input, options);
    const ownDState = dState.values.subarray(s * size, (s + 1) * size);
    const { dInitialState, ...backward } = lowRankBackwardOracle(input, part("dO"), ownDState, options);
    states.set(forward.state, s * size);
    dInitial.set(dInitialState, s * size);
    for (const [name, values] of Object.entries({ o: forward.o, ...backward })) {
      const width = outputs[name as keyof typeof outputs];
      all[name as keyof typeof outputs].set(turned(values, width), from * width);
    }
  }
  const headFirst = (values: Float64Array, of: number, width: number) => {
    const result = values.slice();
    eachRow(batch, steps, of, (row, moved) =>
      result.set(values.subarray(row * width, (row + 1) * width), moved * width),
    );
    return result;
  };
  const rowsOf = { o: valueHeads, dq: heads, dk: heads, dv: valueHeads, da: heads, db: heads, dGate: valueHeads };
  const inLayout = Object.entries(all).map(([name, values]) => {
    const of = rowsOf[name as keyof typeof rowsOf];
    return [
      name,
      layout === "bhtd" ? headFirst(values, of, outputs[name as keyof typeof outputs] / of) : values,
    ] as const;
  });
  const asState = (values: Float64Array) =>
    given.stateLayout === "vk" ? transposed(values, (starts.length - 1) * valueHeads, k, v) : values;
  return {
    ...(Object.fromEntries(inLayout) as typeof all),
    state: asState(states),
    dInitialState: asState(dInitial),
  };
}
