/** The published inputs of the mixers' golden numbers, by name, and how a row of the tables is checked. */
import { expect } from "vitest";
import { record } from "../../../src/autograd/index.js";
import { add, type Engine, mul, sum, type Tensor } from "../../../src/index.js";
import { expectChecksums, expectDigits, goldenValues } from "../../support/golden.js";

export interface Sizes {
  readonly b: number;
  readonly t: number;
  readonly h: number;
  readonly k: number;
  readonly v: number;
}

export const tiny: Sizes = { b: 1, t: 3, h: 1, k: 2, v: 2 };
export const medium: Sizes = { b: 2, t: 37, h: 2, k: 16, v: 8 };

/** Raw arrays as generated: [seed, shape]. */
const arrays = {
  q: [1, ({ b, t, h, k }: Sizes) => [b, t, h, k]],
  k: [2, ({ b, t, h, k }: Sizes) => [b, t, h, k]],
  v: [3, ({ b, t, h, v }: Sizes) => [b, t, h, v]],
  k2: [2, ({ b, t, h, k }: Sizes) => [b, 2 * t, h, k]],
  v2: [3, ({ b, t, h, v }: Sizes) => [b, 2 * t, h, v]],
  g: [4, ({ b, t, h }: Sizes) => [b, t, h]],
  gk: [4, ({ b, t, h, k }: Sizes) => [b, t, h, k]],
  beta: [5, ({ b, t, h }: Sizes) => [b, t, h]],
  beta2: [5, ({ b, t, h }: Sizes) => [b, 2 * t, h]],
  state: [6, ({ b, h, k, v }: Sizes) => [b, h, k, v]],
  keyState: [6, ({ b, h, k }: Sizes) => [b, h, k, k]],
  kk: [9, ({ b, t, h, k }: Sizes) => [b, t, h, k]],
  eta: [10, ({ b, t, h, k }: Sizes) => [b, t, h, k]],
  bonus: [11, ({ h, k }: Sizes) => [h, k]],
  slots: [12, ({ b, t, h, k }: Sizes) => [b, t, h, k]],
  valueState: [13, ({ b, h, k, v }: Sizes) => [b, h, k, v]],
  signed: [14, ({ b, t, h }: Sizes) => [b, t, h]],
  signedK: [14, ({ b, t, h, k }: Sizes) => [b, t, h, k]],
} as const;

export type InputName = keyof typeof arrays;
export type Inputs = Record<InputName, Tensor>;

/** Log-gates are -(x + 1) / 2, all else is as generated. */
function valuesOf(name: InputName, sizes: Sizes): Float64Array {
  const [seed, shapeOf] = arrays[name];
  const size = shapeOf(sizes).reduce((product, extent) => product * extent, 1);
  const values = goldenValues(size, seed);
  return name === "g" || name === "gk" ? values.map((x) => -0.5 * (x + 1)) : values;
}

function inputsOf(engine: Engine, names: readonly InputName[], sizes: Sizes): Inputs {
  return Object.fromEntries(
    names.map((name) => [
      name,
      engine.tensor(Float32Array.from(valuesOf(name, sizes)), { shape: arrays[name][1](sizes) }),
    ]),
  ) as Inputs;
}

export interface GoldenRow {
  readonly name: string;
  readonly inputs: readonly InputName[];
  readonly run: (inputs: Inputs) => { readonly o: Tensor; readonly state?: Tensor };
  readonly tiny?: {
    readonly o: readonly number[];
    readonly state?: readonly number[];
    readonly d?: Partial<Record<InputName, readonly number[]>>;
  };
  /** Rows "sum / sq / proj"; gradients by the name of their input. */
  readonly medium?: { readonly o: string; readonly state?: string; readonly d: Partial<Record<InputName, string>> };
}

/** Gradients of sum(o dO) + sum(state dS) by every input. */
function gradientsOf(engine: Engine, { run, inputs: names }: GoldenRow, inputs: Inputs, sizes: Sizes): Inputs {
  const like = (tensor: Tensor, seed: number) =>
    engine.tensor(Float32Array.from(goldenValues(tensor.size, seed)), { shape: tensor.shape });
  const loss = (given: Inputs) => {
    const { o, state } = run(given);
    const ofO = sum(mul(o, like(o, 7)));
    return state ? add(ofO, sum(mul(state, like(state, 8)))) : ofO;
  };
  const gradients = record(loss, [inputs]).backward();
  expect(Object.keys(gradients)).toEqual(names);
  expect(sizes.t).toBeGreaterThan(0);
  return gradients;
}

/** Digits are printed to 1e-9; f32 of numbers near 1 is off by some 1e-7. */
export async function checkTiny(engine: Engine, row: GoldenRow): Promise<void> {
  const { tiny: wanted, name } = row;
  if (!wanted) return;
  const inputs = inputsOf(engine, row.inputs, tiny);
  const { o, state } = row.run(inputs);
  expectDigits(await o.data(), wanted.o, `o of ${name}`, 2e-6);
  if (wanted.state) expectDigits(await (state as Tensor).data(), wanted.state, `state of ${name}`, 2e-6);
  if (!wanted.d) return;
  const gradients = gradientsOf(engine, row, inputs, tiny);
  for (const [key, digits] of Object.entries(wanted.d)) {
    expectDigits(await gradients[key as InputName].data(), digits, `d ${key} of ${name}`, 2e-6);
  }
}

export async function checkMedium(engine: Engine, row: GoldenRow): Promise<void> {
  const { medium: wanted, name } = row;
  if (!wanted) return;
  const inputs = inputsOf(engine, row.inputs, medium);
  const { o, state } = row.run(inputs);
  expectChecksums(await o.data(), wanted.o, `o of ${name}`);
  if (wanted.state) expectChecksums(await (state as Tensor).data(), wanted.state, `state of ${name}`);
  const gradients = gradientsOf(engine, row, inputs, medium);
  for (const [key, digits] of Object.entries(wanted.d)) {
    expectChecksums(await gradients[key as InputName].data(), digits, `d ${key} of ${name}`);
  }
}
