/** What holds of L-Mul for all operands. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lmulMatmul } from "../../../src/systems/l-mul/matmul.js";
import { lmulNumber } from "../../../src/systems/l-mul/product.js";
import { difference, openTargets } from "./backends.js";
import { nearNormal } from "./goldens.js";

const { targets } = await openTargets();

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const middle = fc
  .tuple(fc.float({ min: 1, max: 2, maxExcluded: true, noNaN: true }), fc.integer({ min: -30, max: 30 }), fc.boolean())
  .map(([mantissa, exponent, negative]) => (negative ? -1 : 1) * mantissa * 2 ** exponent);
const rule = fc.record(
  {
    k: fc.integer({ min: 1, max: 23 }),
    mantissa: fc.constantFrom("trunc" as const, "rne" as const),
    form: fc.constantFrom("carry" as const, "linear" as const),
    special: fc.constantFrom("raw" as const, "safe" as const),
  },
  { requiredKeys: [] },
);

describe("one product", () => {
  test("operands commute, and signs multiply", () => {
    fc.assert(
      fc.property(float, float, rule, (x, y, options) => {
        const product = lmulNumber(x, y, options);
        expect(lmulNumber(y, x, options)).toBe(product);
        expect(lmulNumber(-x, y, options)).toBe(-product);
        expect(lmulNumber(-x, -y, options)).toBe(product);
      }),
    );
  });

  test("powers of two pass through", () => {
    fc.assert(
      fc.property(middle, middle, fc.integer({ min: -20, max: 20 }), rule, (x, y, shift, options) => {
        expect(lmulNumber(x * 2 ** shift, y, options)).toBe(lmulNumber(x, y, options) * 2 ** shift);
      }),
    );
  });

  test("a larger operand never gives a smaller magnitude", () => {
    fc.assert(
      fc.property(middle, middle, middle, rule, (x, z, y, options) => {
        const [low, high] = Math.abs(x) < Math.abs(z) ? [x, z] : [z, x];
        expect(Math.abs(lmulNumber(low, y, options))).toBeLessThanOrEqual(Math.abs(lmulNumber(high, y, options)));
      }),
    );
  });

  test("the error of the carry form is between -161/2209 and 1/16, of Mitchell's between -1/9 and 0", () => {
    fc.assert(
      fc.property(middle, middle, (x, y) => {
        const [error, mitchell] = [{}, { offset: 0 }].map((options) => lmulNumber(x, y, options) / (x * y) - 1);
        expect(error).toBeGreaterThanOrEqual(-161 / 2209 - 2 ** -23);
        expect(error).toBeLessThanOrEqual(1 / 16);
        expect(mitchell).toBeGreaterThanOrEqual(-1 / 9 - 2 ** -23);
        expect(mitchell).toBeLessThanOrEqual(2 ** -50);
      }),
    );
  });
});

describe.each(targets.filter(({ on }) => on === "wasm"))("matrix products on $name", ({ engine, on }) => {
  test("rows and columns do not depend on their neighbours", async () => {
    const extent = fc.integer({ min: 1, max: 80 });
    await fc.assert(
      fc.asyncProperty(extent, extent, fc.integer({ min: 1, max: 300 }), fc.nat(), async (m, n, k, place) => {
        const [a, b] = [nearNormal(1, m * k), nearNormal(2, k * n)];
        const whole = await lmulMatmul(engine.tensor(a, { shape: [m, k] }), engine.tensor(b, { shape: [k, n] }), {
          on,
        }).data();
        const [row, column] = [place % m, place % n];
        const rest = engine.tensor(a.slice(row * k), { shape: [m - row, k] });
        const narrow = Float32Array.from({ length: k * (column + 1) }, (_, i) => {
          const [p, j] = [Math.floor(i / (column + 1)), i % (column + 1)];
          return b[p * n + j] as number;
        });
        const part = await lmulMatmul(rest, engine.tensor(narrow, { shape: [k, column + 1] }), { on }).data();
        const expected = Float32Array.from(part, (_, i) => {
          const [r, j] = [Math.floor(i / (column + 1)), i % (column + 1)];
          return whole[(row + r) * n + j] as number;
        });
        expect(difference(part, expected)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});
