/** Calls of the selective scan for its tests: shapes around vectors and tiles, every option alone and together. */
import type { Engine } from "../../../src/engine/engine.js";
import type { SelectiveScanOptions as ScanOptions } from "../../../src/ops/recurrence/selective-scan-params.js";
import type { SelectiveScanInput } from "../../../src/oracles/recurrence-selective-scan.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray } from "../../support/arrays.js";

export interface SelectiveScanCase {
  readonly batch?: number;
  readonly channels?: number;
  readonly states?: number;
  readonly steps: number;
  readonly groups?: number;
  readonly constantB?: boolean;
  readonly constantC?: boolean;
  readonly d?: boolean;
  readonly z?: boolean;
  readonly deltaBias?: boolean;
  readonly softplus?: boolean;
  readonly negative?: boolean;
  readonly initialState?: boolean;
}

export const selectiveScanCases: readonly SelectiveScanCase[] = [
  { steps: 1 },
  { steps: 7, states: 1 },
  { steps: 77, states: 16, softplus: true, negative: true },
  { steps: 64, states: 4, d: true, z: true },
  { steps: 65, states: 5, deltaBias: true, initialState: true },
  {
    steps: 130,
    states: 3,
    channels: 6,
    groups: 2,
    softplus: true,
    deltaBias: true,
    z: true,
    d: true,
    initialState: true,
  },
  { steps: 20, states: 7, constantB: true },
  { steps: 20, states: 8, constantC: true, channels: 6, groups: 3 },
  { steps: 66, states: 2, constantB: true, constantC: true, negative: true, initialState: true },
  { steps: 9, batch: 3, channels: 35, states: 4, softplus: true, d: true, z: true, deltaBias: true, negative: true },
  { steps: 18, states: 20, channels: 5 },
  { steps: 0, initialState: true },
  { steps: 5, batch: 0 },
];

export function prepareScan(engine: Engine, given: SelectiveScanCase) {
  const { batch = 2, channels = 3, states = 4, steps, groups = 1, constantB = false, constantC = false } = given;
  let seed = 1;
  const random = (shape: readonly number[]) => randomArray(shape, "f32", seed++);
  const perStep = [batch, channels, steps];
  const grouped = groups > 1 ? [batch, groups, states, steps] : [batch, states, steps];
  const arrays = {
    u: random(perStep),
    delta: random(perStep),
    a: random([channels, states]),
    b: random(constantB ? [channels, states] : grouped),
    c: random(constantC ? [channels, states] : grouped),
    d: random([channels]),
    z: random(perStep),
    deltaBias: random([channels]),
    initialState: random([batch, channels, states]),
    dY: random(perStep),
    dState: random([batch, channels, states]),
  };
  // a = -e^x, and without softplus positive steps.
  arrays.a.values.forEach((x, i) => {
    arrays.a.bits[i] = -Math.exp(x);
    arrays.a.values[i] = arrays.a.bits[i] as number;
  });
  if (!given.softplus) {
    arrays.delta.values.forEach((x, i) => {
      arrays.delta.bits[i] = 1 + x;
      arrays.delta.values[i] = arrays.delta.bits[i] as number;
    });
  }
  const tensor = (name: keyof typeof arrays) =>
    engine.tensor(arrays[name].bits as Float32Array, { shape: arrays[name].shape });
  const optional = ["d", "z", "deltaBias", "initialState"] as const;
  const chosen = optional.filter((name) => given[name]);
  const tensors = Object.fromEntries(
    ["u", "delta", "a", "b", "c", "dY", "dState", ...chosen].map((name) => [name, tensor(name as keyof typeof arrays)]),
  ) as Record<keyof typeof arrays, Tensor>;
  const options: ScanOptions = {
    ...Object.fromEntries(chosen.map((name) => [name, tensors[name]])),
    deltaSoftplus: given.softplus ?? false,
    negativeEigenvalues: given.negative ?? false,
  };
  const input: SelectiveScanInput = {
    ...{ batch, channels, states, steps, groups, constantB, constantC },
    ...{ u: arrays.u.values, delta: arrays.delta.values, a: arrays.a.values, b: arrays.b.values, c: arrays.c.values },
    ...Object.fromEntries(chosen.map((name) => [name, arrays[name].values])),
    softplus: given.softplus ?? false,
    negativeEigenvalues: given.negative ?? false,
  };
  return { tensors, options, input, dY: arrays.dY.values, dState: arrays.dState.values };
}
