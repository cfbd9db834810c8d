import { describe, expect, test } from "vitest";
import { formatRational, multiply, rational } from "../../../src/exact/rational.js";
import { AiryRecursion, kontsevich, masurVeechVolume } from "../../../src/systems/moduli-space/airy.js";
import { amplitudeFactor } from "../../../src/systems/moduli-space/amplitude.js";
import { psiAsymptotics } from "../../../src/systems/moduli-space/asymptotics.js";
import { kappaOne, kappaPsi, weilPeterssonVolume, zetaOverPi } from "../../../src/systems/moduli-space/kappa.js";
import { psi } from "../../../src/systems/moduli-space/psi.js";

describe("kappa classes, sheet A4", () => {
  test.each([
    [0, 4, "1", "2"],
    [0, 5, "5", "10"],
    [1, 1, "1/24", "1/12"],
    [1, 2, "1/8", "1/4"],
    [1, 3, "7/6", "14/9"],
    [2, 0, "43/2880", "43/2160"],
    [2, 1, "29/128", "29/192"],
    [3, 0, "176557/107520", "176557/1209600"],
  ])("genus %i with %i points: the power of kappa_1 is %s, the volume %s", (g, n, power, volume) => {
    const zeros = new Array<number>(n).fill(0);
    expect(formatRational(kappaOne(g, zeros))).toBe(power);
    const m = 3 * g - 3 + n;
    if (m <= 6) expect(formatRational(kappaPsi(new Array(m).fill(1), zeros))).toBe(power);
    const constant = weilPeterssonVolume(g, n).find(({ powers }) => powers.every((p) => p === 0));
    expect(formatRational(constant!.coefficient)).toBe(volume);
    expect(constant!.piSquared).toBe(m);
  });

  test("V_1,1(L) = (L^2 + 4 pi^2) / 48, by the convention with the elliptic involution's 1/2", () => {
    const terms = weilPeterssonVolume(1, 1).map(({ powers, coefficient, piSquared }) => [
      powers,
      formatRational(coefficient),
      piSquared,
    ]);
    expect(terms).toEqual([
      [[0], "1/12", 1],
      [[1], "1/48", 0],
    ]);
  });

  test("without kappas it is the psi number, and kappa_0 counts 2g - 2 + n", () => {
    expect(kappaPsi([], [3, 2])).toEqual(psi([3, 2]));
    expect(kappaPsi([0], [3, 2])).toEqual(multiply(rational(4n), psi([3, 2])));
    // pi_* psi^4 = kappa_3, and no other term: one kappa is one further point.
    expect(kappaPsi([3], [4])).toEqual(psi([4, 4]));
    expect(kappaPsi([5], [1])).toEqual(rational(0n));
  });

  test("bad input", () => {
    expect(() => kappaPsi([-1])).toThrow(/has -1 at 0/);
    expect(() => kappaPsi(new Array(11).fill(1), [0])).toThrow(/has 11 entries; the limit is 10/);
    expect(() => weilPeterssonVolume(0, 2)).toThrow(/is not stable/);
    expect(() => weilPeterssonVolume(1.5, 2)).toThrow(/is not stable/);
  });
});

describe("Airy structures, sheet A4", () => {
  test("Kontsevich's gives the intersection numbers", () => {
    const recursion = new AiryRecursion(kontsevich);
    for (const d of [[4], [3, 2], [2, 2, 2], [7], [1, 1], [5, 4, 0], [3, 2, 1, 1]]) {
      const g = (d.reduce((sum, x) => sum + x, 0) - d.length) / 3 + 1;
      expect(recursion.amplitude(g, d)).toEqual(multiply(rational(amplitudeFactor(d)), psi(d)));
    }
  });
  test.each([
    [0, 4, "2"],
    [0, 5, "1"],
    [1, 1, "2/3"],
    [1, 2, "1/3"],
    [2, 1, "29/840"],
  ])("the Masur-Veech volume of genus %i with %i poles is %s", (g, n, volume) => {
    expect(formatRational(masurVeechVolume(g, n))).toBe(volume);
  });
  test("a structure of a user: D alone, and what is not stable", () => {
    const own = { ...kontsevich, name: "own", d: (i: number) => (i === 0 ? rational(1n, 3n) : rational(0n)) };
    expect(new AiryRecursion(own).amplitude(1, [0])).toEqual(rational(1n, 3n));
    expect(() => new AiryRecursion(own).amplitude(0, [0, 0])).toThrow(/0 with 2 indices is not stable/);
    expect(() => new AiryRecursion(own).amplitude(1, [-1])).toThrow(/has -1, not an integer/);
  });
  test("zeta at even numbers over powers of pi", () => {
    expect([1, 2, 3, 4].map((m) => formatRational(zetaOverPi(m)))).toEqual(["1/6", "1/90", "1/945", "1/9450"]);
  });
});

describe("large genus, sheet A5", () => {
  test.each([
    [[10, 10, 10], 0.9570711383, [0.9527778, 0.9577526, 0.9569207]],
    [[49], 0.9722231258, [0.9704861, 0.9723918, 0.9722006]],
    [[38, 2, 2], 0.9679991775, [0.9662698, 0.9680356, 0.9679989]],
  ])("bracket of <%s>", (d, exact, sums) => {
    const { factorial } = psiAsymptotics(d);
    expect(factorial.exact).toBeCloseTo(exact, 9);
    for (const [i, sum] of sums.entries()) expect(factorial.sums[i + 1]).toBeCloseTo(sum, 6);
  });
  test("corrections in 1/g shrink the error by a power of g each, with zeros, ones, twos and threes", () => {
    for (const d of [
      [41, 3, 2, 1, 0],
      [25, 23, 0],
      [16, 15, 15, 2, 2],
    ]) {
      const { genus, inverseGenus } = psiAsymptotics(d);
      const errors = inverseGenus.errors.map(Math.abs) as [number, number, number, number];
      expect(errors[3] * genus ** 4).toBeLessThan(200);
      expect(errors[3]).toBeLessThan(errors[1]);
    }
  });
  test("bad input", () => {
    expect(() => psiAsymptotics([1])).toThrow(/the series start at genus 2/);
    expect(() => psiAsymptotics([5])).toThrow(/does not have the dimension of any genus/);
  });
});
