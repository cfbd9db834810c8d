import { describe, expect, test } from "vitest";
import { lowRank } from "../../../src/ops/recurrence/low-rank.js";
import { lowRankBackward } from "../../../src/ops/recurrence/low-rank-backward.js";
import {
  type LowRankOracleInput,
  lowRankBackwardOracle,
  lowRankOracle,
} from "../../../src/oracles/recurrence-low-rank.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray, sameBits } from "../../support/arrays.js";
import { heldBy, openFor, type TestBackend, testBackends, wasmBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";
import { type LowRankCase, lowRankCases, prepareLowRank } from "./low-rank-cases.js";

/** See `bound` of the operations; results in 16 bits are rounded once to 11 or 8 bits. */
const tolerance = 1e-5;
const roundings = { f32: 0, f16: 2 ** -11, bf16: 2 ** -8 };

describe.each(testBackends)("lowRank on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function check(given: LowRankCase) {
    const before = heldBy(engine());
    const { args, dO, dState, options, expected, own } = prepareLowRank(engine(), given);
    const result = lowRank(...args, options);
    const rounding = roundings[given.dtype ?? "f32"];
    expect(rmsError(await result.o.data(), expected.o), "o").toBeLessThanOrEqual(tolerance + rounding);
    expect(rmsError(await result.state.data(), expected.state), "state").toBeLessThanOrEqual(tolerance);
    const gradients = lowRankBackward(...args, dO, { ...options, dState });
    for (const [name, tensor] of Object.entries(gradients)) {
      const wanted = expected[name as keyof typeof expected];
      expect(rmsError(await tensor.data(), wanted), name).toBeLessThanOrEqual(tolerance);
    }
    for (const tensor of [...own, ...Object.values(result), ...Object.values(gradients)]) tensor.dispose();
    expect(heldBy(engine())).toBe(before);
  }

  test.each(lowRankCases)("%j", check);

  // A GPU has other products for channels that decay by themselves.
  const hasSameBits = async (x: Tensor, y: Tensor) =>
    backend.on === "wasm"
      ? sameBits(await x.bits(), await y.bits())
      : rmsError(await x.data(), await y.data()) <= tolerance;

  test("a gate of zeros gives the bits of no gate", async () => {
    const { args, dO, options } = prepareLowRank(engine(), { steps: 70, k: 8, v: 8 });
    const gate = engine().tensor(new Float32Array(70 * 8), { shape: [1, 70, 1, 8] });
    const plain = lowRank(...args, options);
    const gated = lowRank(...args, { ...options, gate });
    expect(await hasSameBits(plain.o, gated.o)).toBe(true);
    expect(await hasSameBits(plain.state, gated.state)).toBe(true);
    const { dq } = lowRankBackward(...args, dO, options);
    expect(await hasSameBits(dq, lowRankBackward(...args, dO, { ...options, gate }).dq)).toBe(true);
  });

  test("pieces with the state handed on give one pass, and a step in place is one of them", async () => {
    const given = { steps: 64, k: 8, v: 8, gate: true, initialState: true, form: "sequential" } as const;
    const { args, options, expected } = prepareLowRank(engine(), given);
    const state = options.initialState as NonNullable<typeof options.initialState>;
    const piece = (from: number, to: number) => {
      const part = (x: (typeof args)[number]) =>
        x
          .reshape([64, 1, 8])
          .rows(from, to)
          .reshape([1, to - from, 1, 8]);
      const [q, k, v, a, b] = args.map(part) as unknown as typeof args;
      const gate = part(options.gate as (typeof args)[number]);
      return lowRank(q, k, v, a, b, { gate, initialState: state, out: { state } }).o.data();
    };
    const pieces = [await piece(0, 40)];
    for (let t = 40; t < 64; t++) pieces.push(await piece(t, t + 1));
    expect(
      rmsError(
        pieces.flatMap((piece) => [...piece]),
        expected.o,
      ),
    ).toBeLessThanOrEqual(tolerance);
    expect(rmsError(await state.data(), expected.state)).toBeLessThanOrEqual(tolerance);
  });
});

describe("lowRank on one thread and on two", () => {
  const engines = wasmBackends.slice(0, 2).map(openFor);

  test("gives the same bits", async () => {
    const results = engines.map((engine) => {
      const given = { steps: 200, heads: 4, valueHeads: 8, k: 16, v: 16, gate: true } as const;
      const { args, dO, options } = prepareLowRank(engine(), given);
      return { ...lowRank(...args, options), ...lowRankBackward(...args, dO, options) };
    });
    for (const name of ["o", "state", "dq", "dk", "dv", "da", "db", "dGate"] as const) {
      const [x, y] = await Promise.all(results.map((result) => result[name]?.bits()));
      expect(sameBits(x as Float32Array, y as Float32Array), name).toBe(true);
    }
  });
});

test("the oracle's gradients are those of its forward pass, by central differences", () => {
  const random = (n: number, seed: number) => randomArray([n], "f64", seed).values;
  const input = {
    ...{ batch: 1, steps: 3, heads: 1, valueHeads: 2, keyWidth: 2, valueWidth: 2 },
    ...{ q: random(6, 1), k: random(6, 2), v: random(12, 3), a: random(6, 4), b: random(6, 5) },
  } satisfies LowRankOracleInput;
  const options = { gate: random(12, 6).map((x) => -Math.abs(x)), initialState: random(8, 7) };
  const [dO, dState] = [random(12, 8), random(8, 9)];
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const loss = () => {
    const { o, state } = lowRankOracle(input, options);
    return dot(o, dO) + dot(state, dState);
  };
  const gradients = lowRankBackwardOracle(input, dO, dState, options);
  for (const [array, gradient] of [
    [input.q, gradients.dq],
    [input.k, gradients.dk],
    [input.v, gradients.dv],
    [input.a, gradients.da],
    [input.b, gradients.db],
    [options.gate, gradients.dGate],
    [options.initialState, gradients.dInitialState],
  ] as const) {
    gradient.forEach((expected, i) => {
      const [at, step] = [array[i]!, 1e-6];
      array[i] = at + step;
      const above = loss();
      array[i] = at - step;
      const below = loss();
      array[i] = at;
      expect((above - below) / (2 * step)).toBeCloseTo(expected, 7);
    });
  }
});
