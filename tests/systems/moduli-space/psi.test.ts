import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { psiNumber } from "../../../src/oracles/psi.js";
import { checkPsi } from "../../../src/systems/moduli-space/checks.js";
import { openPsi } from "../../../src/systems/moduli-space/group.js";
import { type PsiMethod, psi } from "../../../src/systems/moduli-space/psi.js";
import { openFor, wasmBackends } from "../../support/engines.js";
import { goldenNumbers } from "./golden.js";

const text = ({ num, den }: { num: bigint; den: bigint }) => `${num}/${den}`;

/** A route where it applies and is meant to be used; undefined elsewhere. */
function by(method: PsiMethod, g: number, d: readonly number[]): string | undefined {
  const small = {
    auto: true,
    "closed-form": g < 2 || d.length < 3 || (d.length === 3 && g <= 12),
    "n-point": d.length > 1 && g + d.length <= 7 && d.length <= 4,
    recursion: g <= 7,
    resolvent: d.length > 1 && d.length <= 6,
  }[method];
  return small ? text(psi(d, { method })) : undefined;
}

describe("exact values, sheet C1 and C2", () => {
  test.each(goldenNumbers)("<$d> in genus $g", ({ g, d, value }) => {
    for (const method of ["auto", "closed-form", "n-point", "recursion", "resolvent"] as const) {
      const found = by(method, g, d);
      if (found !== undefined) expect(found, method).toBe(value);
    }
  });
});

test("the kernel of the resolvent gives what JavaScript gives", async () => {
  const engine = engineOf();
  const kernels = await openPsi(engine);
  for (const d of [
    [20, 20, 20],
    [8, 7, 6, 5, 1],
    [5, 5, 5, 5, 5],
    [30, 29],
    [0, 3, 4, 5],
  ]) {
    expect(text(psi(d, { method: "resolvent", kernels }))).toBe(text(psi(d, { method: "resolvent" })));
  }
  expect(text(psi([22, 23, 23, 23], { kernels }))).toBe(
    "266369861893237964651093755924231881439644517/217674216637490604308637061028005556086396081250082804989952000000000",
  );
});
const engineOf = openFor(wasmBackends[0]!);

/** Random entries of random genus with 2g - 2 + n <= chi. */
const numbers = (chi: number) =>
  fc
    .record({
      g: fc.integer({ min: 0, max: Math.floor((chi + 1) / 2) }),
      seed: fc.array(fc.nat(1e6), { minLength: chi + 3, maxLength: chi + 3 }),
    })
    .map(({ g, seed }) => {
      const most = chi + 2 - 2 * g;
      const least = Math.max(1, 3 - 2 * g);
      const n = Math.max(least, Math.min(most, least + ((seed[0] as number) % Math.max(1, most - least + 1))));
      const d = new Array<number>(n).fill(0);
      // Balls into boxes, in lumps, so that uneven entries come up too.
      let left = 3 * g - 3 + n;
      for (let i = 1; left > 0; i++) {
        const lump = Math.min(left, 1 + ((seed[i % seed.length] as number) % (1 + (left >> 1))));
        d[((seed[(i + 7) % seed.length] as number) + i) % n]! += lump;
        left -= lump;
      }
      return { g, d };
    });

test("500 random numbers up to chi 24 equal the oracle", () => {
  fc.assert(
    fc.property(numbers(24), ({ g, d }) => {
      // The oracle splits X in 2^n ways.
      fc.pre(d.filter((entry) => entry > 1).length <= 11);
      expect(text(psi(d))).toBe(text(psiNumber(g, d)));
    }),
    { numRuns: 500, seed: 24 },
  );
}, 120_000);

test("a virasoro constraint gives the same number by every pivot", () => {
  fc.assert(
    fc.property(numbers(9), ({ d }) => {
      const sorted = [...d].sort((a, b) => b - a);
      for (const pivot of new Set(sorted))
        expect(checkPsi((_, e) => psi(e), "virasoro", sorted, pivot)).toBeUndefined();
    }),
    { numRuns: 60, seed: 9 },
  );
});

test("order does not matter, moving a unit to a smaller entry never lowers the number", () => {
  for (let g = 2; g <= 5; g++) {
    for (let a = 3 * g - 1; a > 3 * g - 1 - a + 1; a--) {
      const [x, y] = [psi([a, 3 * g - 1 - a]), psi([3 * g - a, a - 1])];
      expect(x.num * y.den <= y.num * x.den).toBe(true);
    }
  }
  expect(psi([1, 3, 2, 1])).toEqual(psi([3, 2, 1, 1]));
});

describe("bad input", () => {
  test("entries of no genus are the number 0, and an error under strict", () => {
    expect(psi([1, 1, 1, 1, 1, 1, 1, 1, 2])).toEqual({ num: 0n, den: 1n });
    expect(psi([4], { genus: 3 })).toEqual({ num: 0n, den: 1n });
    expect(() => psi([5], { strict: true })).toThrow(/argument d sums to 5, 3g - 3 \+ n of no genus g/);
    expect(() => psi([4], { genus: 3, strict: true })).toThrow(/argument d sums to 4, not 7, the dimension/);
  });
  test.each([
    ["an empty list", [], /argument d is not a list of one or more entries/],
    ["a negative entry", [3, -1], /argument d has -1 at 1/],
    ["a fraction", [2.5], /argument d has 2.5 at 0/],
    ["NaN", [Number.NaN, 1], /argument d has NaN at 0/],
    ["infinity", [Number.POSITIVE_INFINITY], /argument d has Infinity at 0/],
    ["a word", ["3"] as unknown as number[], /argument d has 3 at 0/],
    ["undefined", undefined as unknown as number[], /argument d is not a list/],
    ["a sum beyond the limit", [200_000], /the limit of both is 100000/],
  ])("%s", (_, d, message) => {
    expect(() => psi(d)).toThrow(message);
  });
  test.each([
    [{ genus: -1 }, /argument genus is -1/],
    [{ genus: 0.5 }, /argument genus is 0.5/],
    [{ genus: 0 }, /0 with 1 points is not stable/],
  ])("genus %o", (options, message) => {
    expect(() => psi([0], options)).toThrow(message);
  });
  test("methods: unknown, without a formula, too long", () => {
    expect(() => psi([1], { method: "magic" as PsiMethod })).toThrow(/argument method is magic/);
    expect(() => psi([3, 2, 1, 1], { method: "closed-form" })).toThrow(/no closed form for 4 points in genus 2/);
    expect(() => psi([4], { method: "resolvent" })).toThrow(/two or more points/);
    expect(() => psi([4], { method: "n-point" })).toThrow(/two or more points/);
    expect(() => psi([300, 300, 300, 301, 301, 301, 300, 299], { method: "resolvent" })).toThrow(/the limit is 2e\+11/);
    expect(() => psi(new Array(60).fill(2), { method: "recursion" })).toThrow(/needs too many other numbers/);
    expect(() => psi(new Array(60).fill(2))).toThrow(/cyclic orders/);
  });
});
