import { describe, expect, test } from "vitest";
import { checkGradients } from "../../../src/autograd/index.js";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { add, cast, concat, slice, square, sum, type Tensor } from "../../../src/index.js";
import { selectiveScan } from "../../../src/ops/recurrence/selective-scan.js";
import { selectiveScanBackward } from "../../../src/ops/recurrence/selective-scan-backward.js";
import {
  type SelectiveScanInput,
  selectiveScanBackwardOracle,
  selectiveScanOracle,
} from "../../../src/oracles/recurrence-selective-scan.js";
import { randomArray, sameBits } from "../../support/arrays.js";
import { heldBy, openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";
import { prepareScan, type SelectiveScanCase, selectiveScanCases } from "./selective-scan-cases.js";

/** See `bound` of the operations. */
const tolerance = 1e-5;

describe.each(wasmBackends)("selectiveScan on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function check(given: SelectiveScanCase) {
    const before = heldBy(engine());
    const { tensors, options, input, dY, dState } = prepareScan(engine(), given);
    const { u, delta, a, b, c } = tensors;
    const label = JSON.stringify(given);
    const result = selectiveScan(u, delta, a, b, c, options);
    const expected = selectiveScanOracle(input);
    expect(rmsError(await result.y.data(), expected.y), `y of ${label}`).toBeLessThanOrEqual(tolerance);
    expect(rmsError(await result.state.data(), expected.state), `state of ${label}`).toBeLessThanOrEqual(tolerance);
    const actual = selectiveScanBackward(u, delta, a, b, c, tensors.dY, { ...options, dState: tensors.dState });
    const gradients = selectiveScanBackwardOracle(input, dY, dState);
    for (const [name, tensor] of Object.entries(actual)) {
      const wanted = gradients[name as keyof typeof gradients];
      expect(rmsError(await tensor.data(), wanted), `${name} of ${label}`).toBeLessThanOrEqual(tolerance);
    }
    for (const tensor of [...Object.values(tensors), ...Object.values(result), ...Object.values(actual)])
      tensor.dispose();
    expect(heldBy(engine())).toBe(before);
  }

  test.each(selectiveScanCases)("%j", check);
});

describe.each(wasmBackends)("padding and packing of selectiveScan on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  const steps = 24;
  // Padding on both sides and one step in the middle.
  const kept = Array.from({ length: steps }, (_, t) => (t < 3 || t >= 20 || t === 9 ? 0 : 1));

  /** The kept steps of a tensor whose last axis they are. */
  async function short(x: Tensor): Promise<Tensor> {
    if (x.shape.at(-1) !== steps) return x;
    const values = (await x.data()).filter((_, i) => kept[i % steps]);
    return engine().tensor(Float32Array.from(values), {
      shape: [...x.shape.slice(0, -1), values.length / (x.size / steps)],
    });
  }

  test.each([true, false])(
    "masked steps neither write nor decay, and have no gradients; softplus %s",
    async (softplus) => {
      const given = { steps, d: true, z: true, deltaBias: true, initialState: true, softplus, negative: true };
      const { tensors, options } = prepareScan(engine(), given);
      const { u, delta, a, b, c, dY, dState } = tensors;
      const mask = engine().tensor(Int32Array.from([...kept, ...kept]), { shape: [2, steps] });
      const args = (await Promise.all([u, delta, a, b, c].map(short))) as unknown as Parameters<typeof selectiveScan>;
      const without = { ...options, z: await short(options.z as Tensor) };
      // Without softplus the steps of this test are positive, their sum with the bias need not be.
      const growth = { allowGrowth: true };
      const wanted = selectiveScan(...(args as [Tensor, Tensor, Tensor, Tensor, Tensor]), { ...without, ...growth });
      const actual = selectiveScan(u, delta, a, b, c, { ...options, ...growth, mask });
      expect(rmsError(await (await short(actual.y)).data(), await wanted.y.data())).toBeLessThanOrEqual(1e-6);
      expect(rmsError(await actual.state.data(), await wanted.state.data())).toBeLessThanOrEqual(1e-6);
      const gradients = selectiveScanBackward(u, delta, a, b, c, dY, { ...options, ...growth, dState, mask });
      const [su, sDelta, , sb, sc] = args as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const expected = selectiveScanBackward(su, sDelta, a, sb, sc, await short(dY), { ...without, ...growth, dState });
      for (const [name, tensor] of Object.entries(expected)) {
        const x = gradients[name as keyof typeof gradients] as Tensor;
        expect(rmsError(await (await short(x)).data(), await tensor.data()), name).toBeLessThanOrEqual(1e-6);
        const padding = x.shape.at(-1) === steps ? (await x.data()).filter((_, i) => !kept[i % steps]) : [];
        expect(
          [...padding].every((value) => value === 0),
          name,
        ).toBe(true);
      }
    },
  );

  test("packed sequences are scans of their own, empty ones pass their state on", async () => {
    const { tensors, options, input } = prepareScan(engine(), {
      batch: 1,
      steps: 90,
      softplus: true,
      z: true,
      d: true,
    });
    const { u, delta, a, b, c, dY } = tensors;
    const starts = [0, 70, 70, 90];
    const states = randomArray([3, 3, 4], "f32", 50);
    const initialState = engine().tensor(states.bits as Float32Array, { shape: [3, 3, 4] });
    const packed = { ...options, initialState, cuSeqlens: starts };
    const { y, state } = selectiveScan(u, delta, a, b, c, packed);
    const { dDelta, dB, dA, dInitialState } = selectiveScanBackward(u, delta, a, b, c, dY, packed);
    const [ys, dDeltas, dBs, dAs] = [await y.data(), await dDelta.data(), await dB.data(), await dA.data()];
    const sumA = new Float64Array(12);
    for (let s = 0; s < 3; s++) {
      const [from, to] = [starts[s] as number, starts[s + 1] as number];
      const part = (x: ArrayLike<number>) =>
        Float64Array.from(Array.from(x).filter((_, i) => i % 90 >= from && i % 90 < to));
      const own = {
        ...{
          ...input,
          steps: to - from,
          u: part(input.u),
          delta: part(input.delta),
          b: part(input.b),
          c: part(input.c),
        },
        z: part(input.z as Float64Array),
        initialState: states.values.subarray(12 * s, 12 * s + 12),
      };
      const expected = selectiveScanOracle(own);
      const gradients = selectiveScanBackwardOracle(own, part(await dY.data()));
      expect(rmsError(part(ys), expected.y)).toBeLessThanOrEqual(tolerance);
      expect(rmsError((await state.data()).subarray(12 * s, 12 * s + 12), expected.state)).toBeLessThanOrEqual(
        tolerance,
      );
      expect(rmsError(part(dDeltas), gradients.dDelta)).toBeLessThanOrEqual(tolerance);
      expect(rmsError(part(dBs), gradients.dB)).toBeLessThanOrEqual(tolerance);
      const dInitial = (await dInitialState.data()).subarray(12 * s, 12 * s + 12);
      expect(rmsError(dInitial, gradients.dInitialState)).toBeLessThanOrEqual(tolerance);
      for (const [i, x] of gradients.dA.entries()) sumA[i]! += x;
    }
    expect(rmsError(dAs, sumA)).toBeLessThanOrEqual(tolerance);
  });

  test("steps in place, after a first piece, give one pass; f16 is rounded once", async () => {
    const { tensors, options, input } = prepareScan(engine(), { batch: 1, steps: 20, softplus: true, negative: true });
    const { u, delta, a, b, c } = tensors;
    const state = engine().tensor(new Float32Array(12), { shape: [1, 3, 4] });
    const part = (x: Tensor, from: number, to: number) => slice(x, [null, null, [from, to]]);
    const pieces: Tensor[] = [];
    for (const [from, to] of [
      [0, 17],
      [17, 18],
      [18, 19],
      [19, 20],
    ] as const) {
      const [pu, pd, pb, pc] = [u, delta, b, c].map((x) => part(x, from, to)) as [Tensor, Tensor, Tensor, Tensor];
      pieces.push(selectiveScan(pu, pd, a, pb, pc, { ...options, initialState: state, out: { state } }).y);
    }
    const expected = selectiveScanOracle(input);
    expect(rmsError(await concat(pieces, 2).data(), expected.y)).toBeLessThanOrEqual(tolerance);
    expect(rmsError(await state.data(), expected.state)).toBeLessThanOrEqual(tolerance);
    const [hu, hd, hb, hc] = [u, delta, b, c].map((x) => cast(x, "f16")) as [Tensor, Tensor, Tensor, Tensor];
    const half = selectiveScan(hu, hd, a, hb, hc, options);
    expect(half.y.dtype).toBe("f16");
    expect(rmsError(await half.y.data(), expected.y)).toBeLessThanOrEqual(2e-3);
    expect(selectiveScanBackward(hu, hd, a, hb, hc, half.y, options).dB.dtype).toBe("f32");
  });

  test("bad input is named before anything is written", async () => {
    const { tensors } = prepareScan(engine(), { steps: 6, softplus: true });
    const { u, delta, a, b, c, dY } = tensors;
    await selectiveScan(u, delta, a, b, c, { deltaSoftplus: true }).y.data();
    const y = engine().tensor(new Float32Array(36).fill(5), { shape: [2, 3, 6] });
    const bad = engine().tensor(new Float32Array(12).fill(0.5), { shape: [3, 4] });
    const broken = engine().tensor(new Float32Array(36).fill(Number.NaN, 20, 21), { shape: [2, 3, 6] });
    // biome-ignore lint/suspicious/noExplicitAny: constructors of errors
    const rows: [() => unknown, any, RegExp][] = [
      [() => selectiveScan(a, delta, a, b, c), ShapeError, /argument u .*\[B, D, L\]/],
      [() => selectiveScan(u, b, a, b, c), ShapeError, /argument delta /],
      [() => selectiveScan(u, delta, b, b, c), ShapeError, /argument a .*expected \[3, N\]/],
      [() => selectiveScan(u, delta, a, b.reshape([2, 2, 2, 6]), c), ShapeError, /argument b .*G dividing 3/],
      [() => selectiveScan(u, delta, a, b, u), ShapeError, /argument c /],
      [() => selectiveScan(u, delta, a, b, c, { d: a }), ShapeError, /argument d .*expected \[3\]/],
      [() => selectiveScan(u, delta, a, b, c, { z: a }), ShapeError, /argument z /],
      [() => selectiveScan(u, delta, a, b, c, { initialState: a }), ShapeError, /argument initialState .*\[2, 3, 4\]/],
      [
        () => selectiveScan(u, delta, a, b, c, { cuSeqlens: [0, 6] }),
        InputError,
        /argument cuSeqlens needs a batch of 1/,
      ],
      [() => selectiveScan(u, delta, a, b, c, { mask: u }), DTypeError, /argument mask /],
      [
        () => selectiveScan(u, delta, bad, b, c, { deltaSoftplus: true, out: { y } }),
        InputError,
        /argument a is 0.5 at \[0, 0\]/,
      ],
      [() => selectiveScan(u, delta, a, b, c, { out: { y } }), InputError, /argument delta is -0.* would make/],
      [
        () => selectiveScan(broken, delta, a, b, c, { deltaSoftplus: true, validate: true }),
        InputError,
        /argument u is NaN at \[1, 0, 2\]/,
      ],
      [() => selectiveScanBackward(u, delta, a, b, c, a, { deltaSoftplus: true }), ShapeError, /argument dY /],
      [() => selectiveScanBackward(u, delta, a, b, c, dY, { dState: u }), ShapeError, /argument dState /],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
    expect(await y.data()).toEqual(new Float32Array(36).fill(5));
  });

  test("gradients get through on the tape", async () => {
    const { tensors, options } = prepareScan(engine(), { steps: 5, softplus: true, z: true, d: true, deltaBias: true });
    const { u, delta, a, b, c } = tensors;
    const loss = (u: Tensor, z: Tensor, a: Tensor) => {
      const { y, state } = selectiveScan(u, delta, a, b, c, { ...options, z });
      return add(sum(square(y)), sum(state));
    };
    const report = await checkGradients(loss, [u, options.z as Tensor, a], { of: [0, 1, 2] });
    expect(report.variables.map(({ error }) => error).every((error) => error < 1e-2)).toBe(true);
  });
});

describe("selectiveScan on one thread and on two", () => {
  const engines = wasmBackends.slice(0, 2).map(openFor);

  test("gives the same bits", async () => {
    const results = engines.map((engine) => {
      const { tensors, options } = prepareScan(engine(), {
        steps: 70,
        channels: 66,
        states: 8,
        groups: 2,
        softplus: true,
      });
      const { u, delta, a, b, c, dY } = tensors;
      return { ...selectiveScan(u, delta, a, b, c, options), ...selectiveScanBackward(u, delta, a, b, c, dY, options) };
    });
    for (const name of ["y", "state", "du", "dDelta", "dA", "dB", "dC"] as const) {
      const [x, y] = await Promise.all(results.map((result) => result[name].bits()));
      expect(sameBits(x as Float32Array, y as Float32Array), name).toBe(true);
    }
  });
});

test("the oracle's gradients are those of its forward pass, by central differences", () => {
  const random = (n: number, seed: number) => randomArray([n], "f64", seed).values;
  const input = {
    ...{ batch: 2, channels: 2, states: 2, steps: 3, groups: 1, softplus: true, negativeEigenvalues: true },
    ...{ u: random(12, 1), delta: random(12, 2), a: random(4, 3), b: random(12, 4), c: random(12, 5) },
    ...{ d: random(2, 6), z: random(12, 7), deltaBias: random(2, 8), initialState: random(8, 9) },
  } satisfies SelectiveScanInput;
  const [dY, dState] = [random(12, 10), random(8, 11)];
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const loss = () => {
    const { y, state } = selectiveScanOracle(input);
    return dot(y, dY) + dot(state, dState);
  };
  const gradients = selectiveScanBackwardOracle(input, dY, dState);
  for (const [array, gradient] of [
    [input.u, gradients.du],
    [input.delta, gradients.dDelta],
    [input.a, gradients.dA],
    [input.b, gradients.dB],
    [input.c, gradients.dC],
    [input.d, gradients.dD],
    [input.z, gradients.dZ],
    [input.deltaBias, gradients.dDeltaBias],
    [input.initialState, gradients.dInitialState],
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
