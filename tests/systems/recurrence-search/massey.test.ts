/** Berlekamp-Massey in all its forms, against the definition and the vectors of the ESMA sheet, section 7. */
import { beforeAll, describe, expect, test } from "vitest";
import { linearComplexity } from "../../../src/oracles/linear-complexity.js";
import {
  berlekampMassey,
  berlekampMasseyBatch,
  expandRecurrence,
  fractionsOf,
  GrowingSequence,
  interlacedPolynomials,
  interlacedShape,
  minimalPolynomial,
  openRecurrenceSearch,
  rationalRecurrence,
  type SearchKernels,
  symmetric,
  vectorRecurrence,
} from "../../../src/systems/recurrence-search/index.js";
import { openFor, wasmBackends } from "../../support/engines.js";

const big = (...values: number[]): bigint[] => values.map(BigInt);
const p31 = 2147483647;

/** A fixed stream of 31-bit numbers. */
function* stream(seed: number): Generator<number> {
  for (let x = BigInt(seed); ; ) {
    x = (x * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    yield Number(x >> 33n);
  }
}

const take = (source: Generator<number>, n: number): number[] => Array.from({ length: n }, () => source.next().value);

/** Partial quotients of e: 2, 1, 2, 1, 1, 4, 1, 1, 6, ... */
const eTerms = Array.from({ length: 60 }, (_, n) => (n === 0 ? 2 : n % 3 === 2 ? (2 * (n + 1)) / 3 : 1));

describe.each([
  { name: "plain", backend: undefined },
  ...wasmBackends.map((backend) => ({ name: backend.name, backend })),
])("berlekampMassey, $name", ({ backend }) => {
  const engine = backend ? openFor(backend) : undefined;
  let kernels: SearchKernels | undefined;
  beforeAll(async () => {
    kernels = engine ? await openRecurrenceSearch(engine()) : undefined;
  });
  const massey = (terms: readonly (number | bigint)[], prime: number | bigint) =>
    berlekampMassey(terms, { prime, kernels });

  test("agrees with the definition on random and on degenerate sequences", () => {
    const random = stream(7);
    for (const prime of [2, 3, 5, 101, 65537, 1073741827, p31]) {
      for (let n = 1; n <= 14; n++) {
        const terms = take(random, n).map((x) => (x % 5 === 0 ? 0 : x));
        const expected = linearComplexity(terms.map(BigInt), BigInt(prime));
        const found = massey(terms, prime);
        expect(found.complexity, `${terms} mod ${prime}`).toBe(expected.complexity);
        if (2 * found.complexity <= n) expect(found.connection).toEqual(expected.connection);
      }
    }
  });

  test("gives the same polynomial as the plain loop for lengths around the tiles", () => {
    const random = stream(11);
    for (const prime of [2, 3, 65537, p31]) {
      for (const n of [1, 7, 8, 9, 31, 63, 64, 65, 127, 128, 129, 200]) {
        const terms = take(random, n);
        expect(massey(terms, prime)).toEqual(new GrowingSequence(prime).add(...terms).recurrence);
      }
    }
  });

  test.each([
    ["e mod 199", 199, 7, [1, 0, 0, -2, 0, 0, 1]],
    ["e mod 5", 5, 7, [1, 0, 0, -2, 0, 0, 1]],
    ["e mod 7", 7, 7, [1, 0, 0, -2, 0, 0, 1]],
    ["e mod 2^31-1", p31, 7, [1, 0, 0, -2, 0, 0, 1]],
    ["e mod 3", 3, 7, [1, 0, 0, 1, 0, 0, 1]],
    ["e mod 2", 2, 3, [1, 1, 1]],
  ])("the continued fraction of %s", (_, prime, complexity, connection) => {
    const found = massey(eTerms, prime);
    expect(found.complexity).toBe(complexity);
    expect(symmetric(found.connection, BigInt(prime))).toEqual(symmetric(big(...connection), BigInt(prime)));
  });

  test("n^9 and n^5", () => {
    const powers = (k: bigint) => Array.from({ length: 60 }, (_, n) => BigInt(n) ** k);
    const found = massey(powers(9n), p31);
    expect(found.complexity).toBe(10);
    expect(symmetric(found.connection, BigInt(p31))).toEqual(big(1, -10, 45, -120, 210, -252, 210, -120, 45, -10, 1));
    expect(massey(powers(5n), 7)).toEqual({ connection: big(1, 1, 1, 1, 1, 1, 1), complexity: 6 });
    expect(massey(powers(5n), 3).complexity).toBe(2);
    expect(massey(powers(5n), 5).complexity).toBe(2);
  });

  test("edges: nothing, zeros, a late first term", () => {
    expect(massey([], p31)).toEqual({ connection: [1n], complexity: 0 });
    expect(massey([0, 0, 0, 0], p31)).toEqual({ connection: [1n], complexity: 0 });
    expect(massey([0, 0, 0, 1], p31).complexity).toBe(4);
  });

  test("a batch equals its sequences one by one, given up or not", () => {
    const random = stream(3);
    const length = 33;
    const count = 4 * 256 + 3;
    const rows = Array.from({ length: count }, (_, s) =>
      s % 3 === 0
        ? Array.from({ length }, (_, n) => (s + n * n) % 65537)
        : s % 3 === 1
          ? take(random, length).map((x) => x % 65537)
          : eTerms.slice(0, length),
    );
    for (const limit of [8, length]) {
      const { complexities, connections } = berlekampMasseyBatch(Uint32Array.from(rows.flat()), length, {
        prime: 65537,
        limit,
        kernels,
      });
      for (let s = 0; s < count; s += s < 16 || s > count - 16 ? 1 : 37) {
        const one = new GrowingSequence(65537).add(...(rows[s] as number[])).recurrence;
        expect(complexities[s]).toBe(Math.min(one.complexity, limit + 1));
        if (one.complexity > limit) continue;
        const here = connections.subarray(s * (limit + 1), s * (limit + 1) + one.connection.length);
        expect(Array.from(here, BigInt)).toEqual(one.connection);
      }
    }
  });

  test("over Q", () => {
    const first = rationalRecurrence([2, 2, 1, 2, 1, 191, 393, 132], { kernels });
    expect(first.complexity).toBe(4);
    expect(fractionsOf(first).map(({ num, den }) => `${num}/${den}`)).toEqual([
      "1/1",
      "-36727/11711",
      "34213/5019",
      "7024942/35133",
      "-335813/1673",
    ]);
    const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    const second = fractionsOf(rationalRecurrence(primes, { kernels })).map(({ num, den }) => `${num}/${den}`);
    expect(second).toEqual(["1/1", "-14/9", "-7/9", "157/54", "-25/27", "-73/18", "37/9"]);
    const halves = Array.from({ length: 9 }, (_, n) => ({ num: 1n, den: 2n ** BigInt(n) }));
    expect(fractionsOf(rationalRecurrence(halves, { kernels }))).toEqual([
      { num: 1n, den: 1n },
      { num: -1n, den: 2n },
    ]);
  });
});

test("terms may come in one by one", () => {
  const s = new GrowingSequence(101).add(1, 1, 2, 3);
  expect(s.recurrence).toEqual({ connection: big(1, 100, 100), complexity: 2 });
  expect(s.add(5, 8).recurrence).toEqual({ connection: big(1, 100, 100), complexity: 2 });
  expect(minimalPolynomial(s.recurrence)).toEqual(big(100, 100, 1));
});

test("a prime of 61 bits", () => {
  expect(berlekampMassey(eTerms, { prime: (1n << 61n) - 1n }).complexity).toBe(7);
});

test("one recurrence for vectors", () => {
  const vectors = Array.from({ length: 20 }, (_, n) => [2 ** n, n, 7]);
  const { connection, complexity } = vectorRecurrence(vectors);
  expect(complexity).toBe(3);
  expect(symmetric(connection, BigInt(p31))).toEqual(big(1, -4, 5, -2));
});

test("interlaced polynomials with a pre-period", () => {
  const terms = [2, 2, 1, 2, 2, 5, 2, 7, 2, 9, 2, 11, 2, 13, 2, 15, 2, 17, 2, 19].map(BigInt);
  const { complexity } = berlekampMassey(terms, { prime: p31 });
  const recurrence = { connection: big(1, 0, -2, 0, 1), complexity };
  const shape = interlacedShape(recurrence);
  expect(complexity).toBe(8);
  expect(shape).toEqual({ period: 2, multiplicity: 2, prePeriod: 4 });
  expect(interlacedPolynomials(terms, shape!)).toEqual([[2n], [5n, 2n]]);
  expect(interlacedShape({ connection: big(1, -1, -1), complexity: 2 })).toBeUndefined();
  expect(interlacedShape({ connection: big(1, -1, 1, -1, -1, 1, -1, 1), complexity: 9 })).toMatchObject({
    period: 4,
    multiplicity: 2,
  });
  expect(expandRecurrence(recurrence, terms.slice(0, 8), 20)).toEqual(terms);
});

test.each([
  ["a composite modulus", () => berlekampMassey([1, 2], { prime: 15 }), RangeError, "15, which is not a prime"],
  ["a modulus below 2", () => berlekampMassey([1, 2], { prime: 1 }), RangeError, "prime is 1"],
  ["a fraction", () => berlekampMassey([1, 0.5], { prime: 7 }), TypeError, "term 1 is 0.5"],
  ["NaN", () => berlekampMassey([Number.NaN], { prime: 7 }), TypeError, "term 0 is NaN"],
  [
    "a small prime for lanes",
    () => berlekampMasseyBatch(new Uint32Array(4), 4, { prime: 7 }),
    RangeError,
    "prime is 7",
  ],
  ["a length that does not divide", () => berlekampMasseyBatch(new Uint32Array(5), 4), RangeError, "length is 4"],
  [
    "too few initial terms",
    () => expandRecurrence({ connection: [1n, -1n], complexity: 1 }, [], 4),
    RangeError,
    "initial has 0 terms",
  ],
  ["C_0 of 2", () => expandRecurrence({ connection: [2n, -1n], complexity: 1 }, [1n], 4), RangeError, "C_0 is 2"],
])("%s is refused", (_, call, type, message) => {
  expect(call).toThrow(type);
  expect(call).toThrow(message);
});
