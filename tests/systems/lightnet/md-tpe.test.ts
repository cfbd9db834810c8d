import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../../src/backends/contract.js";
import { exponentialFilterOracle } from "../../../src/oracles/lightnet-positions.js";
import { exponentialFilter } from "../../../src/systems/lightnet/filter.js";
import { exponentialFilterBackward } from "../../../src/systems/lightnet/filter-backward.js";
import { headFilter, mdTpe, mdTpeBackward } from "../../../src/systems/lightnet/md-tpe.js";
import { randomArray, sameBits, uniform } from "../../support/arrays.js";
import { openFor, testBackends } from "../../support/engines.js";
import { rmsRatio } from "../../support/golden.js";

/** lambda in (0.1, 0.9) and b in [-1, 1), [terms, d]. */
function factors(terms: number, d: number, seed: number) {
  const next = uniform(seed);
  const lambda = Float32Array.from({ length: terms * d }, () => 0.1 + 0.8 * next());
  return { lambda, b: Float32Array.from(randomArray([terms * d], "f32", seed + 1).values) };
}

/** The filter along `axis` of x, line by line. */
function along(
  x: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  terms: number,
  { lambda, b }: ReturnType<typeof factors>,
  isTwoSided: boolean,
): Float64Array {
  const d = shape.at(-1) as number;
  const stride = shape.slice(axis + 1).reduce((all, extent) => all * extent, 1);
  const n = shape[axis] as number;
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start++) {
    if (Math.floor(start / stride) % n !== 0) continue;
    const of = (values: Float32Array) => Array.from({ length: terms }, (_, r) => values[r * d + (start % d)] as number);
    const line = Array.from({ length: n }, (_, i) => x[start + i * stride] as number);
    exponentialFilterOracle(line, of(lambda), of(b), isTwoSided).forEach((value, i) => {
      y[start + i * stride] = value;
    });
  }
  return y;
}

describe.each(testBackends)("MD-TPE on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;

  test("Q1", async () => {
    const x = engine().tensor([[1], [2], [-1], [4], [0]]);
    const [lambda, b] = [engine().tensor([[0.5], [0.25]]), engine().tensor([[1], [2]])];
    const { y } = exponentialFilter(x, lambda, b, { on });
    expect(Array.from(await y.data())).toEqual([3, 7, -0.625, 11.90625, 4.0078125]);
    const impulse = engine().tensor([[1], [0], [0], [0], [0]]);
    const kernel = exponentialFilter(impulse, lambda, b, { on }).y;
    expect(Array.from(await kernel.data())).toEqual([3, 1, 0.375, 0.15625, 0.0703125]);
  });

  test("Q2", async () => {
    const x = engine().tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3, 1] });
    const filters = [
      { axis: 0, lambda: engine().tensor([[0.5]]), b: engine().tensor([[1]]) },
      { axis: 1, lambda: engine().tensor([[0.25]]), b: engine().tensor([[2]]) },
    ];
    expect(Array.from(await mdTpe(x, filters, { on }).data())).toEqual([3, 6.5, 10.125, 12.5, 18, 22.5]);
    const [first, second] = filters.map((filter) => mdTpe(x, [filter], { on, twoSided: true }));
    expect(Array.from(await first!.data())).toEqual([3, 4.5, 6, 4.5, 6, 7.5]);
    expect(Array.from(await second!.data())).toEqual([3.375, 6, 7.125, 11.25, 15, 15]);
  });

  test("any axis, one and two sides, features around whole vectors, several exponentials", async () => {
    for (const d of [1, 3, 6, 68]) {
      const [shape, terms] = [[2, 3, 4, 5, d], 2];
      const x = randomArray(shape, "f32", 1);
      const given = factors(terms, d, 7);
      const [tensor, lambda, b] = [
        engine().tensor(Float32Array.from(x.values), { shape }),
        engine().tensor(given.lambda, { shape: [terms, d] }),
        engine().tensor(given.b, { shape: [terms, d] }),
      ];
      for (const axis of [0, 1, 2, 3]) {
        for (const twoSided of [false, true]) {
          const { y } = exponentialFilter(tensor, lambda, b, { axis, twoSided, on });
          const expected = along(x.values, shape, axis, terms, given, twoSided);
          expect(rmsRatio(await y.data(), expected), `axis ${axis}, d ${d}`).toBeLessThanOrEqual(1e-6);
        }
      }
    }
  });

  test("gradients are those of the oracle by differences", async () => {
    const [shape, terms, d] = [[2, 7, 3], 2, 3] as const;
    const x = randomArray(shape, "f32", 1).values;
    const given = factors(terms, d, 7);
    const dY = randomArray(shape, "f32", 3).values;
    const tensor = (values: ArrayLike<number>, extents: readonly number[]) =>
      engine().tensor(Float32Array.from(values), { shape: extents });
    for (const twoSided of [false, true]) {
      const loss = (at: { x: Float64Array; lambda: Float64Array; b: Float64Array }) => {
        const as = at as unknown as ReturnType<typeof factors>;
        return along(at.x, shape, 1, terms, as, twoSided).reduce((sum, y, i) => sum + y * (dY[i] as number), 0);
      };
      const base = { x: Float64Array.from(x), lambda: Float64Array.from(given.lambda), b: Float64Array.from(given.b) };
      const args = [tensor(x, shape), tensor(given.lambda, [terms, d]), tensor(given.b, [terms, d])] as const;
      const got = exponentialFilterBackward(...args, tensor(dY, shape), { axis: 1, twoSided, on });
      const gradients = { x: got.dx, lambda: got.dLambda, b: got.dB };
      for (const [name, gradient] of Object.entries(gradients) as [keyof typeof base, typeof got.dx][]) {
        const expected = base[name].map((_, i) => {
          const moved = (by: number) => loss({ ...base, [name]: base[name].map((v, j) => (i === j ? v + by : v)) });
          return (moved(1e-6) - moved(-1e-6)) / 2e-6;
        });
        expect(rmsRatio(await gradient.data(), expected), name).toBeLessThanOrEqual(1e-5);
      }
      const all = mdTpeBackward(args[0], [{ axis: 1, lambda: args[1], b: args[2] }], tensor(dY, shape), {
        twoSided,
        on,
      });
      expect(sameBits(await all.dx.bits(), await got.dx.bits())).toBe(true);
      expect(sameBits(await all.filters[0]!.dLambda.bits(), await got.dLambda.bits())).toBe(true);
    }
  });

  test("a sequence in pieces is the same, to the bit", async () => {
    const { lambda, b } = factors(2, 5, 7);
    const [decays, gains] = [lambda, b].map((values) => engine().tensor(values, { shape: [2, 5] }));
    const x = engine().tensor(Float32Array.from(randomArray([9, 5], "f32", 1).values), { shape: [9, 5] });
    const whole = exponentialFilter(x, decays!, gains!, { on });
    const first = exponentialFilter(x.rows(0, 4), decays!, gains!, { on });
    const second = exponentialFilter(x.rows(4, 9), decays!, gains!, { on, state: first.state });
    const pieces = [...(await first.y.data()), ...(await second.y.data())];
    expect(pieces).toEqual(Array.from(await whole.y.data()));
    expect(sameBits(await second.state.bits(), await whole.state.bits())).toBe(true);
  });

  test("the gain form repeats one number per head", async () => {
    const [lambda, gain] = [engine().tensor([0.5, 0.25]), engine().tensor([2, 4])];
    const filter = headFilter(lambda, gain, 4, { on });
    expect(Array.from(await filter.lambda.data())).toEqual([0.5, 0.5, 0.25, 0.25]);
    expect(Array.from(await filter.b.data())).toEqual([2, 2, 4, 4]);
  });
});

describe("bad input of MD-TPE", () => {
  const engine = openFor(testBackends[0]!);

  test("names the argument", async () => {
    await engine().warmup([exponentialFilter]);
    // A GPU does not look at what lambda holds, as the operation says.
    const onCpu = { on: "wasm" } as const;
    const x = engine().tensor(new Float32Array(12), { shape: [2, 3, 2] });
    const row = (values: number[]) => engine().tensor([values]);
    const good = row([0.5, 0.5]);
    for (const wrong of [0, 1, -0.5, 2, Number.NaN]) {
      expect(() => exponentialFilter(x, row([0.5, wrong]), good, onCpu)).toThrow(/argument lambda is .* at \[0, 1\]/);
    }
    expect(() => exponentialFilter(x, row([0.5]), good)).toThrow(ShapeError);
    expect(() => exponentialFilter(x, good, row([1, 2, 3]))).toThrow(/argument b/);
    expect(() => exponentialFilter(x, good, good, { axis: 2 })).toThrow(/argument axis/);
    expect(() => exponentialFilter(x, good, good, { state: good })).toThrow(/argument state/);
    expect(() => mdTpe(x, [])).toThrow(InputError);
    expect(() => headFilter(engine().tensor([0.5, 0.5, 0.5]), good, 4)).toThrow(/argument lambda/);
  });
});
