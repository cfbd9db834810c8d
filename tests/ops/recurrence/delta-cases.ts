/** Calls of the delta rule for its tests: one description gives the tensors of a call and the oracle's answer to it. */
import type { Engine } from "../../../src/engine/engine.js";
import type { DeltaRuleOptions } from "../../../src/ops/recurrence/delta-params.js";
import {
  type DeltaOracleGradients,
  type DeltaOracleInput,
  type DeltaOracleOptions,
  deltaBackwardOracle,
  deltaOracle,
} from "../../../src/oracles/recurrence-delta.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { type StoredArray, stored } from "../../support/arrays.js";
import { goldenValues } from "../../support/golden.js";

export interface DeltaCase {
  readonly batch?: number;
  readonly steps: number;
  readonly heads?: number;
  readonly valueHeads?: number;
  readonly k?: number;
  readonly v?: number;
  readonly householders?: number;
  readonly gate?: "head" | "channel" | "signed head" | "signed channel";
  /** Every so manieth gate forgets everything. */
  readonly resetEvery?: number;
  /** Strengths lie in (0, strength). */
  readonly strength?: number;
  /** All keys equal, or all of positive channels: what makes a chunk's triangular system hardest. */
  readonly keys?: "equal" | "positive";
  /** One gate for all steps, instead of random ones. */
  readonly constantGate?: number;
  readonly initialState?: boolean;
  readonly layout?: "bthd" | "bhtd";
  readonly stateLayout?: "kv" | "vk";
  readonly dtype?: "f32" | "f16" | "bf16";
  readonly scale?: number;
}

/** [B, T, H, D] to [B, H, T, D] and, with heads and steps exchanged, back. */
export function swapTimeAndHeads(
  values: ArrayLike<number>,
  batch: number,
  time: number,
  heads: number,
  d: number,
): Float64Array {
  return Float64Array.from({ length: batch * time * heads * d }, (_, to) => {
    const c = to % d;
    const t = Math.floor(to / d) % time;
    const h = Math.floor(to / d / time) % heads;
    return values[((Math.floor(to / d / time / heads) * time + t) * heads + h) * d + c] as number;
  });
}

/** Rows of d values made unit vectors, as the sheet does. */
export function unitRows(values: Float64Array, d: number): Float64Array {
  const squares = Float64Array.from({ length: values.length / d }, (_, row) =>
    values.subarray(row * d, (row + 1) * d).reduce((sum, x) => sum + x * x, 0),
  );
  return values.map((x, i) => x / Math.sqrt((squares[Math.floor(i / d)] as number) + 1e-6));
}

function gatesOf({ gate, resetEvery, constantGate }: DeltaCase, size: number): Float64Array {
  if (constantGate !== undefined) return new Float64Array(size).fill(constantGate);
  const isSigned = gate?.startsWith("signed");
  const values = goldenValues(size, isSigned ? 14 : 4).map((x) => (isSigned ? x : -0.5 * (x + 1)));
  const reset = isSigned ? 0 : Number.NEGATIVE_INFINITY;
  return resetEvery === undefined ? values : values.map((x, i) => (i % resetEvery === resetEvery - 1 ? reset : x));
}

function keysOf({ keys }: DeltaCase, size: number, k: number): Float64Array {
  const values = goldenValues(size, 2);
  if (keys === undefined) return unitRows(values, k);
  const chosen = values.map((x, i) => (keys === "equal" ? (values[i % k] as number) : Math.abs(x)));
  return unitRows(chosen, k);
}

/** Everything that a call and its oracle are given; arrays hold what the dtype rounds to. */
export function prepareDelta(engine: Engine, given: DeltaCase) {
  const { batch = 2, steps, heads = 2, valueHeads = heads, k = 16, v = 8, householders = 1, strength = 2 } = given;
  const { layout = "bthd", stateLayout = "kv", dtype = "f32" } = given;
  const keys = steps * householders;
  const array = (type: "f32" | "f16" | "bf16", values: Float64Array) => stored([values.length], type, values);
  const gateWidth = given.gate?.endsWith("channel") ? k : 1;
  const stateSize = batch * valueHeads * k * v;
  const arrays = {
    q: array(dtype, unitRows(goldenValues(batch * steps * heads * k, 1), k)),
    k: array(dtype, keysOf(given, batch * keys * heads * k, k)),
    v: array(dtype, goldenValues(batch * keys * valueHeads * v, 3)),
    beta: array(
      "f32",
      goldenValues(batch * keys * valueHeads, 5).map((x) => strength / (1 + Math.exp(-x))),
    ),
    gate: array("f32", gatesOf(given, batch * steps * valueHeads * gateWidth)),
    initialState: array("f32", goldenValues(stateSize, 6)),
    dO: array(dtype, goldenValues(batch * steps * valueHeads * v, 7)),
    dState: array("f32", goldenValues(stateSize, 8)),
  };
  const perStep = (x: StoredArray, time: number, count: number, d: number, rank = 4): Tensor => {
    const values = layout === "bthd" ? x.values : swapTimeAndHeads(x.values, batch, time, count, d);
    const shape = layout === "bthd" ? [batch, time, count, d] : [batch, count, time, d];
    const { bits } = stored(shape, x.dtype, values);
    return engine.fromBits(bits, { shape: shape.slice(0, rank), dtype: x.dtype });
  };
  const state = (x: StoredArray): Tensor => {
    const values = stateLayout === "kv" ? x.values : swapTimeAndHeads(x.values, batch * valueHeads, k, v, 1);
    const shape = [batch, valueHeads, ...(stateLayout === "kv" ? [k, v] : [v, k])];
    return engine.tensor(Float32Array.from(values), { shape });
  };
  const tensors = {
    q: perStep(arrays.q, steps, heads, k),
    k: perStep(arrays.k, keys, heads, k),
    v: perStep(arrays.v, keys, valueHeads, v),
    beta: perStep(arrays.beta, keys, valueHeads, 1, 3),
    dO: perStep(arrays.dO, steps, valueHeads, v),
    dState: state(arrays.dState),
  };
  const gate = given.gate && perStep(arrays.gate, steps, valueHeads, gateWidth, gateWidth === 1 ? 3 : 4);
  const options: DeltaRuleOptions = {
    ...{ layout, stateLayout, householders },
    ...(given.scale === undefined ? {} : { scale: given.scale }),
    ...(gate && { [given.gate?.startsWith("signed") ? "signedGate" : "gate"]: gate }),
    ...(given.initialState && { initialState: state(arrays.initialState) }),
  };
  const input: DeltaOracleInput = {
    ...{ batch, tokens: steps, heads, valueHeads, keyWidth: k, valueWidth: v },
    ...{ q: arrays.q.values, k: arrays.k.values, v: arrays.v.values, beta: arrays.beta.values },
  };
  const oracleOptions: DeltaOracleOptions = {
    householders,
    ...(given.scale === undefined ? {} : { scale: given.scale }),
    ...(given.gate && { [given.gate.startsWith("signed") ? "signedGate" : "gate"]: arrays.gate.values }),
    ...(given.initialState && { initialState: arrays.initialState.values }),
  };
  /** Values of a result as the oracle orders them. */
  const tokenFirst = async (x: Tensor, time: number, count: number, d: number) => {
    const values = Float64Array.from((await x.data()) as Float32Array);
    return layout === "bthd" ? values : swapTimeAndHeads(values, batch, count, time, d);
  };
  const stateFirst = async (x: Tensor) => {
    const values = Float64Array.from((await x.data()) as Float32Array);
    return stateLayout === "kv" ? values : swapTimeAndHeads(values, batch * valueHeads, v, k, 1);
  };
  return {
    ...{ tensors, options, input, oracleOptions, arrays, gateWidth },
    ...{ batch, steps, keys, heads, valueHeads, k, v, tokenFirst, stateFirst },
    expected: () => deltaOracle(input, oracleOptions),
    expectedGradients: (): DeltaOracleGradients =>
      deltaBackwardOracle(input, arrays.dO.values, arrays.dState.values, oracleOptions),
  };
}

export type PreparedDelta = ReturnType<typeof prepareDelta>;

/** Every option alone and together, widths around panels and tiles. */
export const deltaCases: readonly DeltaCase[] = [
  { steps: 1, k: 1, v: 1, initialState: true },
  { steps: 77 },
  { steps: 77, initialState: true, strength: 1 },
  { steps: 77, gate: "head", initialState: true },
  { steps: 77, gate: "channel", initialState: true },
  { steps: 77, gate: "signed head", resetEvery: 9, initialState: true },
  { steps: 77, gate: "signed channel", resetEvery: 11, initialState: true },
  { steps: 77, gate: "head", resetEvery: 5, initialState: true },
  { steps: 77, gate: "channel", resetEvery: 7, initialState: true },
  { steps: 40, householders: 2, gate: "head", initialState: true },
  { steps: 29, householders: 3, gate: "channel", initialState: true, valueHeads: 4 },
  { steps: 23, householders: 5, gate: "signed head", resetEvery: 4, initialState: true },
  { steps: 70, valueHeads: 6, gate: "head", initialState: true, layout: "bhtd", stateLayout: "vk" },
  { steps: 33, k: 5, v: 3, gate: "channel", initialState: true, stateLayout: "vk" },
  { steps: 66, k: 13, v: 21, gate: "head", layout: "bhtd", scale: 1 },
  { steps: 65, k: 64, v: 64, heads: 1, gate: "head" },
  { steps: 30, batch: 0 },
  { steps: 0, initialState: true },
];
