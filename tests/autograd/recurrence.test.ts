/** Recurrences under a tape, against differences of their oracles. */
import { describe, expect, test } from "vitest";
import { checkGradients, grad } from "../../src/autograd/index.js";
import type { Tensor } from "../../src/index.js";
import { add, concat, gt, mul, sum, where } from "../../src/index.js";
import {
  delta,
  lowRank,
  type ScanOptions,
  scalarGate,
  scan,
  selectiveScan,
  vectorGate,
} from "../../src/ops/recurrence/index.js";
import { additiveOracle } from "../../src/oracles/lightnet.js";
import { lightnet, logNormaliser } from "../../src/systems/lightnet/index.js";
import { uniform } from "../support/arrays.js";
import { openFor, testBackends } from "../support/engines.js";

describe.each(testBackends)("under a tape on $name", (backend) => {
  const engine = openFor(backend);
  const random = (shape: number[], seed: number, [low, high] = [-1, 1]) => {
    const next = uniform(seed);
    const size = shape.reduce((x, y) => x * y, 1);
    return engine().tensor(
      Float32Array.from({ length: size }, () => low! + (high! - low!) * next()),
      { shape },
    );
  };
  const flat = (...tensors: Tensor[]) => concat(tensors.map((each) => each.reshape([-1])));

  async function expectRight(fn: Parameters<typeof checkGradients>[0], args: Tensor[], oracle?: never) {
    const of = args.map((_, index) => index);
    const report = await checkGradients(fn, args, { of, ...(oracle ? { oracle } : {}) });
    expect(report.passed, JSON.stringify(report)).toBe(true);
  }

  test("selectiveScan, every operand, from a state to a state", async () => {
    const [channels, states, steps] = [2, 3, 4];
    const perStep = [1, channels, steps];
    const operands = [
      random(perStep, 1),
      random(perStep, 2, [0.1, 1]),
      random([channels, states], 3, [-2, -0.2]),
      random([1, states, steps], 4),
      random([1, states, steps], 5),
      random([channels], 6),
      random(perStep, 7),
      random([channels], 8),
      random([1, channels, states], 9),
    ];
    await expectRight((u, delta, a, b, c, d, z, deltaBias, initialState) => {
      const options = { d, z, deltaBias, initialState, deltaSoftplus: true } as object;
      const { y, state } = selectiveScan(u as Tensor, delta as Tensor, a as Tensor, b as Tensor, c as Tensor, options);
      return flat(y, state);
    }, operands);
  });

  test("selectiveScan whose state alone is used", async () => {
    const [u, b] = [random([1, 1, 3], 1), random([1, 2, 3], 2)];
    const [delta, a] = [random([1, 1, 3], 3, [0.1, 1]), random([1, 2], 4, [-1, -0.5])];
    await expectRight((x) => selectiveScan(x as Tensor, delta, a, b, b).state, [u]);
  });

  // Their backward operations are tested against oracles; here, that every gradient goes where it belongs.
  const [steps, heads, valueHeads, k, v] = [3, 1, 2, 2, 2];
  const shapes = {
    q: [1, steps, heads, k],
    v: [1, steps, valueHeads, v],
    perStep: [1, steps, valueHeads],
    perChannel: [1, steps, valueHeads, k],
    state: [1, valueHeads, k, v],
  };
  const vectors = () => [random(shapes.q, 1), random(shapes.q, 2), random(shapes.v, 3)];
  const decays = (shape: number[], seed: number) => random(shape, seed, [-1, -0.1]);
  const ends = ({ o, state }: { o: Tensor; state: Tensor }) => flat(o, state);
  type Call = (...all: Tensor[]) => Tensor;

  const calls: readonly [string, Call, () => Tensor[]][] = [
    ["scalarGate", (q, k, v) => ends(scalarGate(q!, k!, v!)), vectors],
    [
      "scalarGate with a gate and a state",
      (q, k, v, gate, initialState) => ends(scalarGate(q!, k!, v!, { gate, initialState } as object)),
      () => [...vectors(), decays(shapes.perStep, 4), random(shapes.state, 5)],
    ],
    [
      "scalarGate with one decay per head, masked",
      (q, k, v, decay) => {
        const mask = q!.engine.tensor(Uint8Array.of(1, 0, 1), { shape: [1, steps] });
        return ends(scalarGate(q!, k!, v!, { decay: decay!, mask }));
      },
      () => [...vectors(), decays([valueHeads], 4)],
    ],
    [
      "vectorGate with a bonus",
      (q, k, v, gate, bonus) => ends(vectorGate(q!, k!, v!, { gate, bonus } as object)),
      () => [...vectors(), decays(shapes.perChannel, 4), random([heads, k], 5)],
    ],
    [
      "vectorGate with signed factors",
      (q, k, v, signedGate) => ends(vectorGate(q!, k!, v!, { signedGate: signedGate! })),
      () => [...vectors(), random(shapes.perChannel, 4, [-0.9, 0.9])],
    ],
    [
      "delta",
      (q, k, v, beta, gate, initialState) => ends(delta(q!, k!, v!, beta!, { gate, initialState } as object)),
      () => [...vectors(), random(shapes.perStep, 4, [0.1, 0.9]), decays(shapes.perStep, 5), random(shapes.state, 6)],
    ],
    [
      "lowRank",
      (q, k, v, a, b, gate) => ends(lowRank(q!, k!, v!, a!, b!, { gate: gate! })),
      () => [...vectors(), random(shapes.q, 4), random(shapes.q, 5), decays(shapes.perChannel, 6)],
    ],
  ];

  test.each(calls)("%s", async (_, call, operands) => {
    await expectRight(call as never, operands());
  });

  describe("scan", () => {
    const flags = (...values: number[]) => engine().tensor(Uint8Array.from(values), { shape: [values.length] });
    const ways: readonly [string, () => ScanOptions][] = [
      ["", () => ({})],
      ["reversed", () => ({ reverse: true })],
      ["exclusive", () => ({ exclusive: true })],
      [
        "exclusive, reversed, in segments by offsets",
        () => ({ exclusive: true, reverse: true, segments: [0, 2, 2, 5] }),
      ],
      ["in segments by flags", () => ({ segments: flags(1, 0, 0, 1, 0) })],
      ["reversed, in segments by flags", () => ({ reverse: true, segments: flags(0, 1, 0, 1, 0) })],
      ["exclusive, in segments by flags", () => ({ exclusive: true, segments: flags(1, 0, 1, 0, 0) })],
    ];
    const operations = ["add", "max", "multiply", "logsumexp"] as const;
    test.each(ways.flatMap(([name, of]) => operations.map((op) => [op, name, of] as const)))(
      "%s %s",
      async (op, _, of) => {
        const options = { op, ...of() };
        // Where nothing came before, the least value is no matter of differences.
        const seen = (y: Tensor) => where(gt(y, y.engine.tensor(-1e30)), y, y.engine.tensor(0));
        await expectRight((a) => seen(scan(a as Tensor, { ...options, axis: -1 })), [random([2, 5], 11)]);
        await expectRight((a) => seen(scan(a as Tensor, { ...options, axis: 0 })), [random([5, 2], 12)]);
      },
    );

    test("multiply with zeros, one or two in a line", async () => {
      const rows = engine().tensor([
        [2, 0, 3, -1, 2],
        [0.5, 0, 2, 0, 3],
      ]);
      await expectRight((a) => scan(a as Tensor, { op: "multiply" }), [rows]);
      await expectRight((a) => scan(a as Tensor, { op: "multiply", exclusive: true, reverse: true }), [rows]);
    });

    test("logsumexp of large numbers", async () => {
      const rows = engine().tensor([90, -120, 100, 99, 20]);
      const gradient = grad((a: Tensor) => sum(scan(a, { op: "logsumexp" })))(rows);
      // Of 90; 90, -120; 90, -120, 100; and so on: softmax weights, added up.
      const values = [90, -120, 100, 99, 20];
      const expected = values.map((x, i) => {
        const ends = values.map((_, end) => end).filter((end) => end >= i);
        const totals = ends.map((end) => values.slice(0, end + 1).reduce((s, y) => s + Math.exp(y), 0));
        return totals.reduce((s, total) => s + Math.exp(x) / total, 0);
      });
      [...(await gradient.data())].forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 4);
      });
    });
  });

  const [time, d, e] = [5, 2, 3];
  const sizes = [
    [1, time, 1, d],
    [1, time, 1, d],
    [1, time, 1, e],
  ];

  test("lightnet, with the normaliser that it ends with", async () => {
    const operands = sizes.map((shape, seed) => random(shape, seed + 1));
    const oracle = (q: Float64Array, x: Float64Array, v: Float64Array) => {
      const { o, s, z } = additiveOracle({ time, d, e, q, x, v, scale: 0.7 });
      return [...o, ...s, ...z];
    };
    await expectRight(
      (q, k, v) => {
        const { o, state } = lightnet(q as Tensor, k as Tensor, v as Tensor, { scale: 0.7 });
        return flat(o, state.s, logNormaliser(state));
      },
      operands,
      oracle as never,
    );
  });

  test("lightnet, in pieces and with a mask, has the gradients of the whole", async () => {
    const operands = sizes.map((shape, seed) => random(shape, seed + 1)) as [Tensor, Tensor, Tensor];
    const swap = (x: Tensor) => x.reshape([time, x.shape[3] as number]);
    const piece = (x: Tensor, start: number, end: number) =>
      swap(x)
        .rows(start, end)
        .reshape([1, end - start, 1, x.shape[3] as number]);
    const whole = (q: Tensor, k: Tensor, v: Tensor) => {
      const { o, state } = lightnet(q, k, v);
      return add(sum(mul(o, o)), sum(mul(state.s, logNormaliser(state).reshape([d, 1]))));
    };
    const inPieces = (q: Tensor, k: Tensor, v: Tensor) => {
      const first = lightnet(piece(q, 0, 2), piece(k, 0, 2), piece(v, 0, 2));
      const rest = lightnet(piece(q, 2, time), piece(k, 2, time), piece(v, 2, time), { initialState: first.state });
      const squares = add(sum(mul(first.o, first.o)), sum(mul(rest.o, rest.o)));
      return add(squares, sum(mul(rest.state.s, logNormaliser(rest.state).reshape([d, 1]))));
    };
    const ofWhole = grad(whole, { of: [0, 1, 2] })(...operands);
    const ofPieces = grad(inPieces, { of: [0, 1, 2] })(...operands);
    for (const [index, gradient] of ofWhole.entries()) {
      const [expected, actual] = [await gradient.data(), await ofPieces[index]!.data()];
      expected.forEach((value, i) => {
        expect(actual[i]).toBeCloseTo(value, 4);
      });
    }
    const mask = engine().tensor(Uint8Array.of(1, 1, 1, 0, 0), { shape: [1, time], dtype: "u8" });
    const masked = grad((v: Tensor) => sum(lightnet(operands[0], operands[1], v, { mask }).o))(operands[2]);
    expect([...(await masked.data())].slice(3 * e)).toEqual(new Array(2 * e).fill(0));
  });
});
