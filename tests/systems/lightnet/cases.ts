/** Whole calls [B, T, H, .] for tests: their arrays, what the oracle makes of them, and tensors. */
import type { Engine } from "../../../src/engine/engine.js";
import {
  type AdditiveInput,
  additiveBackwardOracle,
  additiveOracle,
  globalBackwardOracle,
  globalOracle,
} from "../../../src/oracles/lightnet.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray } from "../../support/arrays.js";
import { gen } from "../../support/golden.js";

export interface Case {
  readonly batch: number;
  readonly time: number;
  readonly heads: number;
  readonly d: number;
  readonly e: number;
  readonly scale: number;
  readonly q: ArrayLike<number>;
  /** Logits. */
  readonly x: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly dO: ArrayLike<number>;
  /** A key besides the logits. */
  readonly key?: ArrayLike<number>;
  readonly s0?: ArrayLike<number>;
  readonly z0?: ArrayLike<number>;
  readonly dS?: ArrayLike<number>;
  readonly dZ?: ArrayLike<number>;
  readonly global?: boolean;
  readonly cuSeqlens?: readonly number[];
}

export type Sizes = Pick<Case, "batch" | "time" | "heads" | "d" | "e">;

/** Rows N1 to N4 of the published numbers, by their generators. */
export function generated(sizes: Sizes, logitDen = 4, scale = 1): Case {
  const { batch, time, heads, d, e } = sizes;
  const tokens = batch * time * heads;
  return {
    ...sizes,
    scale,
    q: gen(tokens * d, 7, 3, 17),
    x: gen(tokens * d, 5, 1, 19, logitDen),
    v: gen(tokens * e, 11, 4, 23),
    dO: gen(tokens * e, 13, 2, 29),
  };
}

/** A key besides the logits, an initial state and gradients of the last one. */
export function withEverything(given: Case, units = given.batch): Case {
  const { batch, time, heads, d, e } = given;
  const rows = units * heads;
  return {
    ...given,
    key: randomArray([batch * time * heads * d], "f32", 5).values,
    ...{ s0: gen(rows * d * e, 3, 2, 11), z0: gen(rows * d, 2, 1, 9, 4) },
    ...{ dS: gen(rows * d * e, 9, 5, 31), dZ: gen(rows * d, 3, 1, 7) },
  };
}

export const names = ["o", "s", "z", "dq", "dk", "dx", "dv", "ds0", "dz0"] as const;
export type Results = Record<(typeof names)[number], Float64Array>;

/** One oracle call per sequence and head; states [N, H, ...]. */
export function oracleOf(given: Case): Results {
  const { batch, time, heads, d, e, scale, q, x, v, key, dO, s0, z0, dS, dZ, global = false } = given;
  const starts = given.cuSeqlens ?? Array.from({ length: batch + 1 }, (_, b) => b * time);
  const sequences = starts
    .slice(1)
    .map((end, n) => ({ first: starts[n] as number, count: end - (starts[n] as number) }));
  const units = sequences.length * heads;
  const tokens = batch * time * heads;
  const [keys, values, states, gates] = [tokens * d, tokens * e, units * d * e, units * d];
  const sizes = { o: values, s: states, z: gates, dq: keys, dk: keys, dx: keys, dv: values, ds0: states, dz0: gates };
  const results = Object.fromEntries(names.map((name) => [name, new Float64Array(sizes[name])])) as Results;
  sequences.forEach(({ first, count }, n) => {
    for (let h = 0; h < heads; h++) {
      const unit = n * heads + h;
      const rows = (array: ArrayLike<number>, width: number) =>
        Float64Array.from({ length: count * width }, (_, i) => {
          const token = (first + Math.floor(i / width)) * heads + h;
          return array[token * width + (i % width)] as number;
        });
      const part = (array: ArrayLike<number> | undefined, width: number) =>
        array && Array.from({ length: width }, (_, i) => array[unit * width + i] as number);
      const input: AdditiveInput = {
        ...{ time: count, d, e, scale, q: rows(q, d), x: rows(x, d), v: rows(v, e) },
        ...{ k: key && rows(key, d), s0: part(s0, d * e), z0: part(z0, d) },
      };
      const forward = (global ? globalOracle : additiveOracle)(input);
      const backward = global ? globalBackwardOracle : additiveBackwardOracle;
      const gradients = backward(input, rows(dO, e), part(dS, d * e), part(dZ, d));
      const all = { ...forward, ...gradients };
      for (const name of ["o", "dq", "dk", "dx", "dv"] as const) {
        const width = name === "o" || name === "dv" ? e : d;
        all[name].forEach((value, i) => {
          const token = (first + Math.floor(i / width)) * heads + h;
          results[name][token * width + (i % width)] = value;
        });
      }
      for (const name of ["s", "ds0"] as const) results[name].set(all[name], unit * d * e);
      for (const name of ["z", "dz0"] as const) results[name].set(all[name], unit * d);
    }
  });
  return results;
}

export interface CaseTensors {
  readonly q: Tensor;
  /** The logits, or the key where there is one. */
  readonly k: Tensor;
  readonly v: Tensor;
  readonly dO: Tensor;
  readonly options: {
    readonly scale: number;
    readonly gate?: Tensor;
    readonly global?: boolean;
    readonly cuSeqlens?: readonly number[];
    readonly initialState?: { readonly s?: Tensor; readonly z: Tensor };
  };
  readonly dState: { readonly s?: Tensor; readonly z?: Tensor };
}

export function tensorsOf(engine: Engine, given: Case): CaseTensors {
  const { batch, time, heads, d, e, scale, q, x, v, key, dO, s0, z0, dS, dZ, global, cuSeqlens } = given;
  const units = cuSeqlens ? cuSeqlens.length - 1 : batch;
  const tensor = (values: ArrayLike<number>, shape: readonly number[]) =>
    engine.tensor(Float32Array.from(values), { shape });
  const [ofKeys, ofValues] = [
    [batch, time, heads, d],
    [batch, time, heads, e],
  ];
  const state = (values: ArrayLike<number>) => tensor(values, [units, heads, d, e]);
  const gates = (values: ArrayLike<number>) => tensor(values, [units, heads, d]);
  return {
    ...{ q: tensor(q, ofKeys), k: tensor(key ?? x, ofKeys), v: tensor(v, ofValues), dO: tensor(dO, ofValues) },
    options: {
      scale,
      ...(key && { gate: tensor(x, ofKeys) }),
      ...(global && { global }),
      ...(cuSeqlens && { cuSeqlens }),
      ...(z0 && { initialState: { ...(s0 && { s: state(s0) }), z: gates(z0) } }),
    },
    dState: { ...(dS && { s: state(dS) }), ...(dZ && { z: gates(dZ) }) },
  };
}
