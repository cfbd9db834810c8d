/** Calls of attention for tests: options by name, arrays in either layout, and what the oracle says. */
import type { Engine } from "../../src/engine/engine.js";
import type { AttentionOptions } from "../../src/ops/attention/options.js";
import type { AttentionOracleInput, AttentionOracleOptions } from "../../src/oracles/attention.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { randomArray } from "../support/arrays.js";

export interface AttentionCase {
  batch?: number;
  heads?: number;
  kvHeads?: number;
  rows: number;
  keys?: number;
  d?: number;
  dv?: number;
  layout?: "bthd" | "bhtd";
  options?: Pick<AttentionOptions, "scale" | "causal" | "window" | "softCap">;
  /** Extents of the bias over (B, H, Tq, Tk), each full or 1. */
  bias?: readonly number[];
  alibi?: boolean;
  sinks?: boolean;
}

/** Options that forward and backward both take. */
export type SharedOptions = Omit<AttentionOptions, "out">;

export interface PreparedCase {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly options: SharedOptions;
  readonly input: AttentionOracleInput;
  readonly oracleOptions: AttentionOracleOptions;
  /** [B, H, T, D] values as a tensor in the case's layout. */
  toTensor(values: Float64Array, heads: number, time: number, d: number): Tensor;
  /** The values of a tensor in the case's layout, head-first. */
  headFirst(values: ArrayLike<number>, heads: number, time: number, d: number): Float64Array;
}

/** Moves [B, x, y, D] to [B, y, x, D]. */
function swapMiddle(values: ArrayLike<number>, batch: number, x: number, y: number, d: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let b = 0, at = 0; b < batch; b++)
    for (let i = 0; i < x; i++)
      for (let j = 0; j < y; j++)
        for (let c = 0; c < d; c++, at++) result[((b * y + j) * x + i) * d + c] = values[at] as number;
  return result;
}

export function prepareCase(engine: Engine, given: AttentionCase): PreparedCase {
  const { batch = 1, heads = 1, rows, d = 8, layout = "bthd", options = {}, bias, alibi, sinks } = given;
  const { kvHeads = heads, keys = rows, dv = d } = given;
  const values = (seed: number, h: number, t: number, c: number) =>
    randomArray([batch * h * t * c], "f32", seed).values;
  const toTensor = (x: Float64Array, h: number, t: number, c: number) =>
    layout === "bhtd"
      ? engine.tensor(Float32Array.from(x), { shape: [batch, h, t, c] })
      : engine.tensor(Float32Array.from(swapMiddle(x, batch, h, t, c)), { shape: [batch, t, h, c] });
  const headFirst = (x: ArrayLike<number>, h: number, t: number, c: number) =>
    layout === "bhtd" ? Float64Array.from(x) : swapMiddle(x, batch, t, h, c);
  const input = {
    batch,
    heads,
    kvHeads,
    rows,
    keys,
    d,
    dv,
    q: values(1, heads, rows, d),
    k: values(2, kvHeads, keys, d),
    v: values(3, kvHeads, keys, dv),
  };
  const perHead = (seed: number) => randomArray([heads], "f32", seed).values.map((x) => x + 1);
  const [slopes, logits] = [perHead(4), perHead(5)];
  const biasArray = bias && randomArray(bias, "f32", 6);
  const tensorOf = (x: Float64Array) => engine.tensor(Float32Array.from(x));
  const { window, ...rest } = options;
  const sides = typeof window === "number" ? [window - 1, window - 1] : window;
  return {
    q: toTensor(input.q, heads, rows, d),
    k: toTensor(input.k, kvHeads, keys, d),
    v: toTensor(input.v, kvHeads, keys, dv),
    input,
    options: {
      layout,
      ...options,
      ...(biasArray ? { bias: engine.tensor(Float32Array.from(biasArray.values), { shape: bias as number[] }) } : {}),
      ...(alibi ? { alibiSlopes: tensorOf(slopes) } : {}),
      ...(sinks ? { sinks: tensorOf(logits) } : {}),
    },
    oracleOptions: {
      ...rest,
      ...(sides ? { window: { left: sides[0] as number, right: sides[1] as number } } : {}),
      ...(alibi ? { slopes } : {}),
      ...(sinks ? { sinks: logits } : {}),
      ...(biasArray ? { bias: biasAt(bias as number[], biasArray.values) } : {}),
    },
    toTensor,
    headFirst,
  };
}

/** An element of a broadcast bias. */
function biasAt([B, H, I, J]: readonly number[], values: Float64Array): NonNullable<AttentionOracleOptions["bias"]> {
  const at = (index: number, extent: number | undefined) => (extent === 1 ? 0 : index);
  return (b, h, i, j) =>
    values[((at(b, B) * (H as number) + at(h, H)) * (I as number) + at(i, I)) * (J as number) + at(j, J)] as number;
}

export const perCase = ({ q, k, v, options }: PreparedCase): Tensor[] =>
  [q, k, v, options.bias, options.alibiSlopes, options.sinks].filter((t): t is Tensor => t !== undefined);

/**
 * rms(actual - expected) / rms(expected), infinities compared for equality; 0 for nothing. `floor` is the rms of the terms
 * that are summed, where they may cancel.
 */
export function rmsError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 0): number {
  if (actual.length !== expected.length) return Number.NaN;
  let error = 0;
  let size = expected.length * floor ** 2;
  for (let i = 0; i < expected.length; i++) {
    const [x, y] = [actual[i] as number, expected[i] as number];
    if (x !== y) error += (x - y) ** 2;
    if (Number.isFinite(y)) size += y * y;
  }
  return error === 0 ? 0 : Math.sqrt(error / size);
}

/** Sums of [B, H, I, J] over the axes where `target` has extent 1. */
export function sumTo(values: Float64Array, shape: readonly number[], target: readonly number[]): Float64Array {
  const sums = new Float64Array(target.reduce((product, extent) => product * extent, 1));
  values.forEach((value, flat) => {
    let [rest, at, stride] = [flat, 0, 1];
    for (let axis = 3; axis >= 0; axis--) {
      const index = rest % (shape[axis] as number);
      rest = Math.floor(rest / (shape[axis] as number));
      if (target[axis] !== 1) at += index * stride;
      stride *= target[axis] as number;
    }
    sums[at]! += value;
  });
  return sums;
}

/** Every option alone and many together; rows around the unit (128), the panel (8) and decode (4), keys around the tile (64). */
export const optionCases: AttentionCase[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 127, 128, 129, 257].map((rows) => ({ rows, keys: 70, heads: 2 })),
  ...[1, 3, 4, 5, 63, 64, 65, 129, 513, 1025].flatMap((keys) => [
    { rows: 9, keys },
    { rows: 2, keys },
    { rows: 1, keys, heads: 4, kvHeads: 2, options: { causal: true } },
  ]),
  ...[1, 2, 3, 4, 5, 7, 9, 16, 33].map((d) => ({ rows: 20, d, dv: 34 - d })),
  ...(["bthd", "bhtd"] as const).flatMap((layout) =>
    [1, 3, 12, 140].flatMap((rows): AttentionCase[] => {
      const base = { batch: 2, heads: 4, kvHeads: 2, rows, keys: 90, layout };
      return [
        { ...base, options: { causal: true } },
        { ...base, keys: 10, options: { causal: true } },
        { ...base, options: { window: 8 } },
        { ...base, options: { window: 8, causal: true } },
        { ...base, options: { window: [70, 3] } },
        { ...base, options: { window: [0, 40], softCap: 0.5, scale: 2 } },
        { ...base, options: { scale: 3, softCap: 1.5 } },
        { ...base, bias: [2, 4, rows, 90] },
        { ...base, bias: [1, 1, 1, 90], alibi: true },
        { ...base, bias: [2, 1, rows, 1], sinks: true },
        { ...base, alibi: true, options: { causal: true } },
        { ...base, sinks: true, keys: 10, options: { causal: true } },
        {
          ...base,
          bias: [1, 4, rows, 90],
          alibi: true,
          sinks: true,
          options: { causal: true, window: 33, softCap: 2, scale: 1.5 },
        },
      ];
    }),
  ),
  { rows: 5, heads: 8, kvHeads: 1, keys: 20 },
];
