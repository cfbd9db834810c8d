import { describe, expect, test } from "vitest";
import { rotationOracle } from "../../../src/oracles/lightnet-positions.js";
import { MdLrpe } from "../../../src/systems/lightnet/md-lrpe.js";
import { type MdLrpeOptions, thetaTable } from "../../../src/systems/lightnet/rotation-tables.js";
import { randomArray } from "../../support/arrays.js";
import { openFor, testBackends } from "../../support/engines.js";
import { expectWaveSums, gen, rmsRatio } from "../../support/golden.js";

const p1 = { grid: [2, 3], heads: 1, d: 4 };

describe.each(testBackends)("MD-LRPE on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;
  const input = (values: Float64Array, shape: readonly number[]) =>
    engine().tensor(Float32Array.from(values), { shape });

  async function expectRows(options: MdLrpeOptions, x: Float64Array, rows: readonly (readonly number[])[]) {
    const y = new MdLrpe(engine(), options).apply(input(x, [rows.length, 1, options.d]), { on });
    expect(rmsRatio(await y.data(), rows.flat())).toBeLessThanOrEqual(1e-6);
  }

  test("P1 cosine", () =>
    expectRows({ ...p1, theta: [[Math.PI / 2, Math.PI / 3]] }, gen(24, 7, 3, 17), [
      [-0.625, 0.25, -1, -0.125, 0, 0, 0, 0],
      [0.75, -0.5, 0, -0.4375, 0, 0, 0.375, -0.757772228311],
      [0, 0.875, 0.375, -0.25, 0, 0, 0, 0.433012701892],
      [0, 0.0625, 1, -0.25, -0.75, 0.108253175473, 0, 0],
      [0, -0.3125, 0, -0.5, 0.625, -0.541265877365, 0.25, -0.866025403784],
      [0, 0.375, 0.5, -0.1875, -0.125, 0.649519052838, 0, 0.324759526419],
    ]));

  test("P2 a grid of three axes, tokens that are not turned", async () => {
    const [batch, heads, d, tokens] = [2, 3, 10, 62];
    const theta = Array.from({ length: heads }, (_, h) => gen(12, 5, 1, 19).slice(4 * h, 4 * h + 4));
    const x = gen(batch * heads * tokens * d, 7, 3, 17);
    // The printed arrays have heads before tokens.
    const tokensFirst = Float64Array.from(x, (_, i) => {
      const [c, h, n, b] = [i % d, Math.floor(i / d) % heads, Math.floor(i / d / heads) % tokens, 0];
      const entry = Math.floor(i / d / heads / tokens) + b;
      return x[((entry * heads + h) * tokens + n) * d + c] as number;
    });
    const encoding = new MdLrpe(engine(), { grid: [4, 5, 3], extra: 2, heads, d, theta });
    const y = await encoding.apply(input(tokensFirst, [batch, tokens, heads, d]), { on }).data();
    const headsFirst = Float64Array.from(y, (_, i) => {
      const [c, n] = [i % 20, Math.floor(i / 20) % tokens];
      const [h, b] = [Math.floor(i / 20 / tokens) % heads, Math.floor(i / 20 / tokens / heads)];
      return y[((b * tokens + n) * heads + h) * 20 + c] as number;
    });
    expectWaveSums(headsFirst, [-14.7437856926, 37.3453059299, -6.77658772775], "P2");
    [-0.471130217042, -0.465253810956, 0.026526450625].forEach((value, i) => {
      expect(headsFirst[headsFirst.length - 20 + i]).toBeCloseTo(value, 6);
    });
  });

  test("P3 products depend on the distance", async () => {
    const encoding = new MdLrpe(engine(), { grid: [3, 3], heads: 1, d: 4, theta: [[1, 0.3]] });
    const y = await encoding.apply(engine().tensor(new Float32Array(36).fill(1), { shape: [9, 1, 4] }), { on }).data();
    const product = (i: number, j: number) =>
      Array.from({ length: 8 }, (_, c) => (y[8 * i + c] as number) * (y[8 * j + c] as number)).reduce((a, b) => a + b);
    const fromCorner = [
      ...[4, 3.495638794994, 2.409188778363, 3.495638794994, 2.991277589987, 1.904827573356],
      ...[2.409188778363, 1.904827573356, 0.818377556725],
    ];
    const fromCentre = Array.from({ length: 9 }, (_, j) => (j === 4 ? 4 : j % 2 ? 3.495638794994 : 2.991277589987));
    expect(
      rmsRatio(
        fromCorner.map((_, j) => product(0, j)),
        fromCorner,
      ),
    ).toBeLessThanOrEqual(1e-6);
    expect(
      rmsRatio(
        fromCentre.map((_, j) => product(4, j)),
        fromCentre,
      ),
    ).toBeLessThanOrEqual(1e-6);
  });

  test("P4 rotary", () =>
    expectRows({ ...p1, kind: "rotary", theta: [[Math.PI / 2]] }, gen(24, 7, 3, 17), [
      [-0.625, 0.25, -1, -0.125],
      [0.75, 0.875, 0.375, -0.5],
      [0, -0.875, -0.375, -0.5],
      [-1, 0.125, -0.75, -0.25],
      [-0.25, 1, 0.625, -0.625],
      [0.5, -0.75, -0.125, -0.375],
    ]));

  test.each(["cosine", "rotary"] as const)(
    "%s: one to four axes, offsets, and the transpose as gradient",
    async (kind) => {
      for (const grid of [[6], [2, 3], [2, 1, 3], [1, 2, 2, 2]]) {
        const [heads, d, extra] = [2, 10, 1];
        const offset = grid.map((_, axis) => 100000 + axis);
        const theta = thetaTable({ grid, heads, d, kind });
        const tokens = extra + grid.reduce((product, extent) => product * extent, 1);
        const x = randomArray([tokens, heads, d], "f32", 1).values;
        const encoding = new MdLrpe(engine(), { grid, heads, d, kind, extra, offset, theta });
        const y = await encoding.apply(input(x, [tokens, heads, d]), { on }).data();
        const rotation = { grid, extra, heads, d, kind, offset, theta: theta.flatMap((row) => Array.from(row)) };
        expect(rmsRatio(y, rotationOracle(x, rotation))).toBeLessThanOrEqual(1e-6);
        const dY = randomArray([y.length], "f32", 2).values;
        const shape = [tokens, heads, y.length / tokens / heads];
        const dX = await encoding.backward(input(dY, shape), { on }).data();
        // <y, dY> = <x, dX>: a rotation is linear.
        const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
          Array.from(a).reduce((sum, value, i) => sum + value * (b[i] as number), 0);
        expect(Math.abs(dot(y, dY) - dot(x, dX))).toBeLessThanOrEqual(1e-5 * Math.sqrt(y.length));
      }
    },
  );
});

describe("bad input of MD-LRPE", () => {
  const engine = openFor(testBackends[0]!);

  test("names the argument", () => {
    const make = (more: Partial<MdLrpeOptions>) => () => new MdLrpe(engine(), { ...p1, ...more });
    expect(make({ theta: [[1]] })).toThrow(/argument theta/);
    expect(
      make({
        theta: [
          [1, 2],
          [1, 2],
        ],
      }),
    ).toThrow(/argument theta/);
    expect(make({ grid: [] })).toThrow(/argument grid/);
    expect(make({ grid: [1, 1, 1, 1, 1] })).toThrow(/argument grid/);
    expect(make({ kind: "rotary", d: 3 })).toThrow(/argument d/);
    expect(make({ kind: "spiral" as "rotary" })).toThrow(/argument kind/);
    expect(make({ extra: -1 })).toThrow(/argument extra/);
    expect(make({ offset: [1] })).toThrow(/argument offset/);
    const encoding = new MdLrpe(engine(), p1);
    const x = engine().tensor(new Float32Array(20), { shape: [5, 1, 4] });
    expect(() => encoding.apply(x)).toThrow(/argument x has shape \[5, 1, 4\], expected \[..., 6, 1, 4\]/);
    expect(() => encoding.backward(x)).toThrow(/argument dY/);
  });
});
