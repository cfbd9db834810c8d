/** Calls of gated recurrences with their oracle: made of the golden generator, run in every form, compared by rms. */
import { expect } from "vitest";
import type { Engine } from "../../../src/engine/engine.js";
import type {
  GatedBackwardOp,
  GatedBackwardOptions,
  GatedOp,
  GatedOptions,
} from "../../../src/ops/recurrence/gated-op.js";
import { scalarGate, scalarGateBackward } from "../../../src/ops/recurrence/scalar-gate.js";
import { vectorGate, vectorGateBackward } from "../../../src/ops/recurrence/vector-gate.js";
import { type GatedInput, gatedBackwardOracle, gatedOracle } from "../../../src/oracles/recurrence-gated.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { heldBy } from "../../support/engines.js";
import { goldenValues, rmsRatio } from "../../support/golden.js";

export type Gate = "none" | "decay" | "gate" | "signedGate";

export interface GatedCase {
  readonly vector?: boolean;
  readonly gate: Gate;
  readonly batch?: number;
  readonly steps: number;
  readonly heads?: number;
  /** Value heads per head. */
  readonly share?: number;
  readonly k: number;
  readonly v: number;
  /** Every tenth gate is a hard reset. */
  readonly resets?: boolean;
  /** Log-decays are this many times those of the golden rows. */
  readonly strength?: number;
  readonly exclusive?: boolean;
  readonly bonus?: boolean;
  readonly initial?: boolean;
  readonly cuSeqlens?: readonly number[];
  readonly reverse?: boolean;
  readonly layout?: "bthd" | "bhtd";
  readonly stateLayout?: "kv" | "vk";
  readonly scale?: number;
  readonly form?: "sequential" | "chunked";
  readonly chunk?: number;
}

/** As f32 holds them. */
export const rounded = (x: Float64Array): Float64Array => Float64Array.from(Float32Array.from(x));

/** The case's inputs as the oracle takes them, [B, T, H, D]. */
export function inputOf(given: GatedCase): GatedInput & { gate: Float64Array; dO: Float64Array; dState: Float64Array } {
  const { batch = 1, steps, heads = 1, share = 1, k, v, vector = false, resets = false, strength = 1 } = given;
  const valueHeads = heads * share;
  const rows = batch * steps;
  const sequences = given.cuSeqlens
    ?.slice(1)
    .map((end, s) => [0, given.cuSeqlens?.[s] as number, end - (given.cuSeqlens?.[s] as number)] as const);
  const states = (sequences?.length ?? batch) * valueHeads * k * v;
  const gates = given.gate === "decay" ? valueHeads : rows * valueHeads * (vector ? k : 1);
  const raw = rounded(goldenValues(gates, given.gate === "signedGate" ? 14 : 4));
  const gate = raw.map((x, i) => {
    const isReset = resets && i % 10 === 7;
    if (given.gate === "signedGate") return isReset ? 0 : x;
    return isReset ? -Infinity : Math.fround(-0.5 * strength * (x + 1));
  });
  const channelsPerGate = vector ? 1 : k;
  const factorOf = (i: number) => {
    if (given.gate === "none") return 1;
    const own = Math.floor(i / channelsPerGate);
    const x = gate[given.gate === "decay" ? own % valueHeads : own] as number;
    return given.gate === "signedGate" ? x : Math.exp(x);
  };
  return {
    ...{ batch, steps, heads, valueHeads, channels: k, columns: v, gate, scale: given.scale ?? k ** -0.5 },
    q: rounded(goldenValues(rows * heads * k, 1)),
    k: rounded(goldenValues(rows * heads * k, 2)),
    v: rounded(goldenValues(rows * valueHeads * v, 3)),
    factor: Float64Array.from({ length: rows * valueHeads * k }, (_, i) => factorOf(i)),
    exclusive: given.exclusive === true || given.bonus === true,
    ...(given.bonus ? { bonus: rounded(goldenValues(heads * k, 11)) } : {}),
    ...(given.initial ? { initialState: rounded(goldenValues(states, 6)) } : {}),
    ...(sequences ? { sequences } : {}),
    reverse: given.reverse === true,
    dO: rounded(goldenValues(rows * valueHeads * v, 7)),
    dState: rounded(goldenValues(states, 8)),
  };
}

/** Gradients of the log-decays or factors from those of the oracle's factors. */
export function gateGradient(given: GatedCase, input: GatedInput, dFactor: Float64Array): Float64Array {
  const { valueHeads, channels } = input;
  const log = given.gate !== "signedGate";
  const each = dFactor.map((x, i) => (log ? x * (input.factor[i] as number) : x));
  if (given.vector) return each;
  const perStep = Float64Array.from({ length: each.length / channels }, (_, i) =>
    each.subarray(i * channels, (i + 1) * channels).reduce((a, b) => a + b, 0),
  );
  if (given.gate !== "decay") return perStep;
  const sums = new Float64Array(valueHeads);
  perStep.forEach((x, i) => {
    sums[i % valueHeads]! += x;
  });
  return sums;
}

/** Swaps axes 1 and 2 of [B, X, Y, D]. */
export function swapped(x: ArrayLike<number>, [b, m, n, d]: readonly [number, number, number, number]): Float64Array {
  const result = new Float64Array(x.length);
  for (let i = 0; i < b * m * n * d; i++) {
    const [e, y] = [i % d, Math.floor(i / d) % n];
    const [z, w] = [Math.floor(i / (d * n)) % m, Math.floor(i / (d * n * m))];
    result[((w * n + y) * m + z) * d + e] = x[i] as number;
  }
  return result;
}

/** A state in the other layout. */
export function transposedStates(x: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return swapped(x, [x.length / (rows * columns), rows, columns, 1]);
}

export interface GatedCall {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly dO: Tensor;
  readonly options: GatedOptions;
  readonly backward: GatedBackwardOptions;
  /** Everything that was made. */
  readonly tensors: readonly Tensor[];
}

/** Arrays of the oracle as tensors in the case's layouts. */
export function callOf(engine: Engine, given: GatedCase, input = inputOf(given)): GatedCall {
  const { batch, steps, heads, valueHeads, channels, columns } = input;
  const headFirst = given.layout === "bhtd";
  const made: Tensor[] = [];
  const make = (x: ArrayLike<number>, shape: readonly number[]) => {
    const tensor = engine.tensor(Float32Array.from(x), { shape });
    made.push(tensor);
    return tensor;
  };
  const rows = (x: ArrayLike<number>, count: number, d: number) =>
    headFirst
      ? make(swapped(x, [batch, steps, count, d]), [batch, count, steps, d])
      : make(x, [batch, steps, count, d]);
  const states = (x: Float64Array) => {
    const count = x.length / (valueHeads * channels * columns);
    return given.stateLayout === "vk"
      ? make(transposedStates(x, channels, columns), [count, valueHeads, columns, channels])
      : make(x, [count, valueHeads, channels, columns]);
  };
  const gateOf = () => {
    if (given.gate === "decay") return make(input.gate, [valueHeads]);
    const tensor = rows(input.gate, valueHeads, given.vector ? channels : 1);
    return given.vector ? tensor : tensor.reshape(tensor.shape.slice(0, 3));
  };
  const gate = given.gate === "none" ? undefined : gateOf();
  if (gate) made.push(gate);
  const options: GatedOptions = {
    ...(gate ? { [given.gate]: gate } : {}),
    ...(input.bonus ? { bonus: make(input.bonus, [heads, channels]) } : {}),
    ...(given.exclusive ? { exclusive: true } : {}),
    ...(input.initialState ? { initialState: states(input.initialState) } : {}),
    ...(given.cuSeqlens ? { cuSeqlens: given.cuSeqlens } : {}),
    ...(given.reverse ? { reverse: true } : {}),
    ...(given.layout ? { layout: given.layout } : {}),
    ...(given.stateLayout ? { stateLayout: given.stateLayout } : {}),
    ...(given.scale !== undefined ? { scale: given.scale } : {}),
    ...(given.form ? { form: given.form } : {}),
    ...(given.chunk ? { chunk: given.chunk } : {}),
  };
  return {
    q: rows(input.q, heads, channels),
    k: rows(input.k, heads, channels),
    v: rows(input.v, valueHeads, columns),
    dO: rows(input.dO, valueHeads, columns),
    options,
    backward: { ...options, dState: states(input.dState) } as GatedBackwardOptions,
    tensors: made,
  };
}

export const forwardOf = (given: GatedCase) => (given.vector ? vectorGate : scalarGate) as GatedOp;
export const backwardOf = (given: GatedCase) =>
  (given.vector ? vectorGateBackward : scalarGateBackward) as GatedBackwardOp;

/** See `bound` of the operations. */
const tolerance = 1e-5;

/** Runs the case forward and, if wanted, backward, and compares everything with the oracle. */
export async function checkCase(
  engine: Engine,
  given: GatedCase,
  { backward = true, on = "wasm" as "wasm" | "webgpu", within = tolerance } = {},
): Promise<void> {
  const before = heldBy(engine);
  const input = inputOf(given);
  const call = callOf(engine, given, input);
  const { batch, steps, heads, valueHeads, channels, columns } = input;
  const label = JSON.stringify(given);
  const rowFirst = (x: ArrayLike<number>, count: number, d: number) =>
    given.layout === "bhtd" ? swapped(x, [batch, count, steps, d]) : x;
  const kv = (x: ArrayLike<number>) => (given.stateLayout === "vk" ? transposedStates(x, columns, channels) : x);
  const near = (x: ArrayLike<number>, y: Float64Array, what: string) =>
    expect(rmsRatio(x, y), `${what} of ${label}`).toBeLessThanOrEqual(within);

  const result = forwardOf(given)(call.q, call.k, call.v, { ...call.options, on });
  const expected = gatedOracle(input);
  near(rowFirst(await result.o.data(), valueHeads, columns), expected.o, "o");
  near(kv(await result.state.data()), expected.state, "state");
  const made: Tensor[] = [...call.tensors, result.o, result.state];
  if (backward) {
    const actual = backwardOf(given)(call.q, call.k, call.v, call.dO, { ...call.backward, on });
    const wanted = gatedBackwardOracle(input, input.dO, input.dState);
    near(rowFirst(await actual.dq.data(), heads, channels), wanted.dq, "dq");
    near(rowFirst(await actual.dk.data(), heads, channels), wanted.dk, "dk");
    near(rowFirst(await actual.dv.data(), valueHeads, columns), wanted.dv, "dv");
    near(kv(await (actual.dInitialState as Tensor).data()), wanted.dInitialState, "dInitialState");
    const dGate = actual.dGate ?? actual.dSignedGate;
    const gradient = gateGradient(given, input, wanted.dFactor);
    if (dGate) near(rowFirst(await dGate.data(), valueHeads, given.vector ? channels : 1), gradient, "dGate");
    if (actual.dDecay) near(await actual.dDecay.data(), gradient, "dDecay");
    if (actual.dBonus) near(await actual.dBonus.data(), wanted.dBonus, "dBonus");
    made.push(...(Object.values(actual) as Tensor[]));
  }
  for (const tensor of new Set(made)) tensor.dispose();
  expect(heldBy(engine)).toBe(before);
}
