/** gcd against the loop of remainders, with and without kernels, around every size at which the method changes. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import type { Engine } from "../../../src/engine/engine.js";
import { gcd, gcdOf, invertModulo, lcm, xgcd } from "../../../src/exact/integers/gcd.js";
import { type ExactKernels, openExact } from "../../../src/exact/kernels.js";

function euclid(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y) [x, y] = [y, x % y];
  return x;
}

const sized = (bits: number) => fc.bigInt({ min: -(2n ** BigInt(bits)), max: 2n ** BigInt(bits) });
const integers = fc.oneof(...[8, 64, 96, 128, 511, 544, 1500, 4000].map(sized));

let engine: Engine;
let opened: ExactKernels;
beforeAll(async () => {
  engine = await createEngine({ webgpu: false, threads: 1 });
  opened = await openExact(engine);
});
afterAll(() => engine.destroy());

describe.each([true, false])("with kernels: %s", (wanted) => {
  const options = () => (wanted ? { kernels: opened } : {});

  test("gcd is that of the loop of remainders, and bezout's identity holds", () => {
    fc.assert(
      fc.property(integers, integers, integers, (x, y, common) => {
        const [a, b] = [x * common, y * common];
        const g = euclid(a, b);
        expect(gcd(a, b, options())).toBe(g);
        const { gcd: found, x: u, y: v } = xgcd(a, b, options());
        expect(found).toBe(g);
        expect(a * u + b * v).toBe(g);
        if (g !== 0n) {
          const [p, q] = [euclid(b / g, 0n), euclid(a / g, 0n)];
          expect(euclid(u, 0n) <= (p > 1n ? p : 1n)).toBe(true);
          expect(euclid(v, 0n) <= (q > 1n ? q : 1n)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("consecutive Fibonacci numbers: every quotient is 1", () => {
    let [a, b] = [0n, 1n];
    for (let i = 0; i < 6000; i++) [a, b] = [b, a + b];
    expect(gcd(a, b, options())).toBe(1n);
    const { x, y } = xgcd(b, a, options());
    expect(b * x + a * y).toBe(1n);
  });

  test("quotients that leading bits never show", () => {
    let [a, b] = [7n, 0n];
    for (let i = 0; i < 40; i++) [a, b] = [a * (2n ** 70n + BigInt(i)) + b, a];
    expect(gcd(a, b, options())).toBe(7n);
    expect(xgcd(a, b, options()).gcd).toBe(7n);
  });

  test.each([
    [0n, 0n, 0n],
    [0n, -6n, 6n],
    [-4n, 0n, 4n],
    [2n ** 4000n, 2n ** 3000n, 2n ** 3000n],
    [2n ** 4000n - 1n, 2n ** 3000n - 1n, 2n ** 1000n - 1n],
    [2n ** 3000n, 2n ** 3000n, 2n ** 3000n],
    [2n ** 3000n + 1n, 2n ** 3000n, 1n],
  ])("gcd of %# ", (a, b, expected) => {
    expect(gcd(a, b, options())).toBe(expected);
    const { gcd: g, x, y } = xgcd(a, b, options());
    expect([g, a * x + b * y]).toEqual([expected, expected]);
  });
});

test("gcdOf, lcm and inverses", () => {
  expect(gcdOf([])).toBe(0n);
  expect(gcdOf([12n, -18n, 0n])).toBe(6n);
  expect(lcm(-4n, 6n)).toBe(12n);
  expect(lcm(0n, 6n)).toBe(0n);
  expect(invertModulo(-3n, 7n)).toBe(2n);
  expect(invertModulo(5n, 1n)).toBe(0n);
});

test.each([
  ["a", () => gcd(1 as never, 2n)],
  ["b", () => xgcd(1n, "2" as never)],
  ["m", () => invertModulo(1n, 0n)],
  ["a", () => invertModulo(6n, 9n)],
])("bad input names argument %s", (argument, call) => {
  expect(call).toThrow(expect.objectContaining({ code: "E_INPUT", argument }));
});

test("openExact says when an engine has no memory of its own here", async () => {
  await expect(openExact({} as never)).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
});
