import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  companion,
  continuedFraction,
  contracted,
  convergents,
  detectPeriod,
  enclose,
  equivalent,
  exactValue,
  expandEnclosure,
  folded,
  formatContinuedFraction,
  identityMoebius,
  latexContinuedFraction,
  minusToPlus,
  parseConstant,
  plusToMinus,
  quadraticNumber,
  quadraticTerms,
  rationalTerms,
  removeNegative,
  removeZero,
  type SignedTerm,
  simplified,
  transformTerms,
  userDigits,
} from "../../../src/exact/index.js";
import { add as addRationals, compare, multiply, rational } from "../../../src/exact/rational.js";

const term = fc.bigInt({ min: -9n, max: 9n });
const sign = fc.constantFrom(1n, -1n);
const fraction = fc.array(fc.tuple(term, sign), { minLength: 4, maxLength: 12 }).map((pairs) =>
  continuedFraction(
    pairs.map(([a]) => a),
    pairs.slice(1).map(([, b]) => b),
  ),
);

describe("rules that keep the value", () => {
  test.each([
    ["T2", minusToPlus, -1n],
    ["T3", plusToMinus, 1n],
    ["T5", removeNegative, 1n],
  ] as const)("%s", (_, rule, numerator) => {
    fc.assert(
      fc.property(fraction, (x) => {
        for (const [i, b] of x.b.entries()) {
          if (b !== numerator) expect(() => rule(x, i)).toThrow(/where no numerator/);
          else expect(exactValue(rule(x, i))).toEqual(exactValue(x));
        }
      }),
    );
  });
  test("T1", () => {
    fc.assert(
      fc.property(fraction, (x) => {
        const value = exactValue(x);
        const scaled = equivalent(
          x,
          x.a.map((_, n) => BigInt(n + 2)),
        );
        expect(exactValue(scaled)).toEqual(value && multiply(value, rational(2n)));
      }),
    );
  });
  test("T4", () => {
    fc.assert(
      fc.property(fraction, (x) => {
        const zero = { ...x, a: x.a.map((a, n) => (n === 1 ? 0n : a)) };
        expect(exactValue(removeZero(zero, 0))).toEqual(exactValue(zero));
      }),
    );
    expect(() => removeZero(continuedFraction([1n, 2n, 3n]), 0)).toThrow(/no 0/);
  });
  test("T6, the folding lemma: [2;3,5,7,4,-7,-5,-3] = 122359/52900 = p/q - 1/(4 * 115^2)", () => {
    const x = folded([2n, 3n, 5n, 7n], 4n);
    expect(x.a).toEqual([2n, 3n, 5n, 7n, 4n, -7n, -5n, -3n]);
    expect(exactValue(x)).toEqual(rational(122359n, 52900n));
    const { p, q } = convergents(continuedFraction([2n, 3n, 5n, 7n])).at(-1) as { p: bigint; q: bigint };
    expect(q).toBe(115n);
    expect(exactValue(x)).toEqual(addRationals(rational(p, q), rational(-1n, 4n * 115n ** 2n)));
  });
  test("T9", () => {
    fc.assert(
      fc.property(fraction, (x) => {
        const simple = simplified(x);
        if (!simple) expect(exactValue(x)).toBeUndefined();
        else {
          expect(exactValue(continuedFraction(simple))).toEqual(exactValue(x));
          expect(simple.slice(1).every((a) => a >= 1n)).toBe(true);
        }
      }),
    );
  });
});

describe("T8, Gosper's algorithm", () => {
  function* euler(): Generator<SignedTerm> {
    yield { a: 2n, b: 1n };
    for (let k = 2n; ; k += 2n) for (const a of [1n, k, 1n]) yield { a, b: 1n };
  }
  const take = (terms: Iterable<bigint>, count: number): bigint[] => {
    const list: bigint[] = [];
    for (const a of terms) if (list.push(a) === count) break;
    return list;
  };
  test("(e + 1)/(e - 1) = [2; 6, 10, 14, ...]", () => {
    expect(take(transformTerms(euler(), { p: 1n, q: 1n, r: 1n, s: -1n }), 8)).toEqual([
      2n,
      6n,
      10n,
      14n,
      18n,
      22n,
      26n,
      30n,
    ]);
  });
  test("a signed expansion of tan 1 becomes the simple one", () => {
    const signed = expandEnclosure(parseConstant("tan(1)").enclose(600), 60, [-1n, 1n]);
    const terms = signed.a.map((a, n) => ({ a, b: signed.b[n] as bigint }));
    expect(take(transformTerms(terms), 16).join(" ")).toBe("1 1 1 3 1 5 1 7 1 9 1 11 1 13 1 15");
  });
  test("of finite terms is exact", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 2n, max: 50n }), { minLength: 1, maxLength: 9 }), (a) => {
        const x = exactValue(continuedFraction(a)) as { num: bigint; den: bigint };
        const terms = a.map((value, n) => (n < a.length - 1 ? { a: value, b: 1n } : { a: value }));
        const image = [...transformTerms(terms, { p: 3n, q: -7n, r: 2n, s: 5n })];
        expect(exactValue(continuedFraction(image))).toEqual(
          rational(3n * x.num - 7n * x.den, 2n * x.num + 5n * x.den),
        );
      }),
    );
  });
  test("bad input", () => {
    expect(() => [...transformTerms([{ a: 1n }], { ...identityMoebius, s: 0n })]).toThrow(/one value/);
    expect(() => [...transformTerms([{ a: 1n, b: 1n }, { a: 0n, b: 1n }, { a: 2n }])]).toThrow(/remove zeros/);
  });
});

describe("certified expansion", () => {
  // ESMA, section 7, "First 16 terms".
  test.each([
    ["e", [1n], "2 1 2 1 1 4 1 1 6 1 1 8 1 1 10 1"],
    ["e", [1n, -1n], "2 2 1 2 2 5 2 7 2 9 2 11 2 13 2 15"],
    ["e", [-1n, 1n], "3 3 2 5 2 7 2 9 2 11 2 13 2 15 2 17"],
    ["e", [-1n], "3 4 3 2 2 2 3 8 3 2 2 2 2 2 2 2"],
    ["e^2", [1n], "7 2 1 1 3 18 5 1 1 6 30 8 1 1 9 42"],
    ["e^2", [1n, -1n], "7 3 2 4 1 18 1 5 2 7 1 30 1 8 2 10"],
    ["tan(1)", [1n], "1 1 1 3 1 5 1 7 1 9 1 11 1 13 1 15"],
    ["tan(1)", [1n, -1n], "1 2 4 2 1 5 8 2 1 9 12 2 1 13 16 2"],
    ["tan(1)", [-1n, 1n], "2 2 4 6 2 1 7 10 2 1 11 14 2 1 15 18"],
    ["I0(2)/I1(2)", [1n, -1n], "1 3 1 3 1 4 1 5 1 6 1 7 1 8 1 9"],
    ["J0(2)/J1(2)", [1n, -1n], "0 3 2 3 4 2 1 4 6 2 1 6 8 2 1 8"],
    ["pi", [1n, -1n], "3 8 1 15 293 2 2 3 4 2 1 14 1 2 2 3"],
    ["pi", [-1n, 1n], "4 1 7 1 15 293 2 2 3 4 2 1 14 1 2 2"],
  ])("of %s with signs %s", (name, signs, terms) => {
    const { a, end } = expandEnclosure(parseConstant(name).enclose(300), 16, signs);
    expect([a.join(" "), end]).toEqual([terms, "limit"]);
  });
  test.each([
    ["Iratio(1,2)", [1n], 1n, 1n],
    ["Jratio(1,2)", [-1n], 1n, 1n],
    ["Iratio(3/5,2/5)", [1n], 3n, 5n],
    ["Jratio(3/5,2/5)", [-1n], 3n, 5n],
    ["(e+1)/(e-1)", [1n], 2n, 4n],
    ["cot(1)", [-1n], 1n, 2n],
  ])("Lehmer: %s with signs %s is an arithmetic progression", (name, signs, first, step) => {
    const { a } = expandEnclosure(parseConstant(name).enclose(1200), 80, signs);
    expect(a).toEqual(Array.from({ length: 80 }, (_, n) => first + step * BigInt(n)));
  });
  test("gives no term that the digits leave open", () => {
    const whole = expandEnclosure(parseConstant("pi").enclose(4000), 1000).a;
    for (const digits of ["3", "3.1", "3.14159", "3.14159265358979323846"]) {
      const x = userDigits(digits);
      const { a, end } = expandEnclosure(x.enclose(x.knownBits + 8), 1000);
      expect(end).toBe("digits");
      expect(a).toEqual(whole.slice(0, a.length));
    }
  });
  test("ends at a rational number", () => {
    expect(expandEnclosure(enclose(rational(11n, 8n), 10), 99)).toEqual({
      a: [1n, 2n, 1n, 2n],
      b: [1n, 1n, 1n],
      end: "rational",
    });
    expect([...rationalTerms(-11n, 8n)]).toEqual([-2n, 1n, 1n, 1n, 2n]);
    expect([...rationalTerms(1n, 0n)]).toEqual([]);
  });
  test.each([
    [0, [1n]],
    [1.5, [1n]],
    [Number.NaN, [1n]],
    [5, []],
    [5, [2n]],
  ])("limit %d with signs %s is refused", (limit, signs) => {
    expect(() => expandEnclosure({ lo: 1n, hi: 2n, bits: 1 }, limit, signs)).toThrow(/argument (limit|signs)/);
  });
});

describe("quadratic numbers", () => {
  test.each([
    [{ p: 0n, d: 2n, q: 1n }, "1", "2"],
    [{ p: 1n, d: 5n, q: 2n }, "", "1"],
    [{ p: 0n, d: 7n, q: 1n }, "2", "1 1 1 4"],
    [{ p: 3n, d: 13n, q: -7n }, "-1 17", undefined],
    [{ p: 0n, d: 94n, q: 1n }, "9", "1 2 3 1 1 5 1 8 1 5 1 1 3 2 1 18"],
  ])("of %o", (x, preperiod, period) => {
    const terms = quadraticTerms(x);
    if (period !== undefined) expect([terms.preperiod.join(" "), terms.period.join(" ")]).toEqual([preperiod, period]);
    const text = `(${x.p}+sqrt(${x.d}))/(${x.q})`;
    const { a } = expandEnclosure(parseConstant(text).enclose(400), 60);
    const whole = [...terms.preperiod];
    while (whole.length < 60) whole.push(...terms.period);
    expect(a).toEqual(whole.slice(0, 60));
    const back = quadraticNumber(terms);
    expect([back.p * x.q, back.d * x.q ** 2n]).toEqual([x.p * back.q, x.d * back.q ** 2n]);
  });
  test("periods are detected, and only when they repeat", () => {
    expect(detectPeriod([9n, 1n, 2n, 1n, 2n, 1n, 2n])).toEqual({ preperiod: [9n], period: [1n, 2n] });
    expect(detectPeriod([1n, 1n, 1n])).toEqual({ preperiod: [], period: [1n] });
    expect(detectPeriod([1n, 2n, 1n, 2n])).toBeUndefined();
    expect(detectPeriod([])).toBeUndefined();
    expect(() => detectPeriod([1n], 1)).toThrow(/repeats/);
  });
  test.each([[{ p: 1n, d: 4n, q: 1n }], [{ p: 1n, d: -3n, q: 1n }], [{ p: 1n, d: 2n, q: 0n }]])(
    "%s is refused",
    (x) => {
      expect(() => quadraticTerms(x)).toThrow(/argument [dq]/);
    },
  );
  test("an empty period is refused", () => {
    expect(() => quadraticNumber({ preperiod: [1n], period: [] })).toThrow(/period/);
  });
});

describe("T7, contraction (matrix field section 4.5, Checks)", () => {
  test("companion of [[n(cn+1), n(2n+1)(cn+1)], [2n, n(cn+4n+1)]]", () => {
    for (const c of [1n, 3n, -2n]) {
      const { a, b } = companion((k) => {
        const n = BigInt(k);
        return [n * (c * n + 1n), n * (2n * n + 1n) * (c * n + 1n), 2n * n, n * (c * n + 4n * n + 1n)];
      });
      for (let k = 1; k < 20; k++) {
        const n = BigInt(k);
        expect(a(k)).toBe(2n * n * (c + 2n) * (n + 1n) * (2n * n + 1n));
        expect(b(k)).toBe(-4n * n * n * (n - 1n) * (n + 1n) * (c * n - 1n) * (c * n + 1n));
      }
    }
  });
  test("three steps of e's simple fraction as one", () => {
    const one = { a: (n: number) => (n % 3 === 2 ? BigInt((2 * (n + 1)) / 3) : 1n), b: () => 1n };
    const { a, b } = contracted(one, 3);
    // Second differences of a and of b / its square factor vanish for polynomials of the degrees at hand.
    const values = Array.from({ length: 12 }, (_, n) => a(n + 1));
    let differences = values;
    for (let i = 0; i < 4; i++) differences = differences.slice(1).map((x, n) => x - (differences[n] as bigint));
    expect(differences.every((x) => x === 0n)).toBe(true);
    expect(b(2)).not.toBe(0n);
    expect(() => contracted(one, 0)).toThrow(/steps/);
  });
});

describe("print", () => {
  test("simple, signed, LaTeX", () => {
    expect(formatContinuedFraction(continuedFraction([2n, 1n, 2n]), true)).toBe("[2; 1, 2, ...]");
    expect(formatContinuedFraction(continuedFraction([7n]))).toBe("[7]");
    expect(formatContinuedFraction(continuedFraction([2n, 3n, 4n], [-1n, 5n]))).toBe("2 - 1/(3 + 5/4)");
    expect(latexContinuedFraction(continuedFraction([2n, 3n], [-1n]), true)).toBe("2 - \\cfrac{1}{3 + \\ddots}");
  });
});

describe("bad input", () => {
  test.each([
    [[], undefined],
    [[1n], [1n]],
    [[1n, 2n], [0n]],
    [[1n, 2n], []],
    [[Number.NaN as unknown as bigint], undefined],
  ])("%s over %s is refused", (a, b) => {
    expect(() => continuedFraction(a, b)).toThrow(/argument/);
  });
  test("the value may be infinite", () => {
    expect(exactValue(continuedFraction([1n, 0n]))).toBeUndefined();
    expect(compare(exactValue(continuedFraction([1n, 2n])) as never, rational(3n, 2n))).toBe(0);
  });
});
