/**
 * Intersection numbers in large genus. With m = 2g - 2 + n and p_i the entries equal to i,
 *
 *   24^g g! F / (6g - 5 + 2n)!! = 1 + G_1/g + G_2/g^2 + G_3/g^3 + ...            (leading term: Aggarwal 2021; Guo and Yang 2022)
 *   4 pi (2/3)^m F / (2^n (m - 1)!) = 1 + (2/3) a_1/(m-1) + (2/3)^2 a_2/((m-1)(m-2)) + ...   (Eynard and others 2023)
 *
 * F = (2 d1 + 1)!! ... (2 dn + 1)!! <tau_d>_g. G_3 is a fit to exact numbers, checked against others, not a theorem.
 */
import { InputError } from "../../backends/contract.js";
import { type Rational, rational, toNumber } from "../../exact/rational.js";
import { amplitudeFactor, factorial, oddDoubleFactorial } from "./amplitude.js";
import { checkEntries, checkStable, genusOf } from "./entries.js";
import { psi } from "./psi.js";

export interface PsiSeries {
  /** What the bracket of the series is for the exact number. */
  readonly exact: number;
  /** Partial sums: 1, with the first correction, with the second, with the third. */
  readonly sums: readonly number[];
  /** sums - exact. */
  readonly errors: readonly number[];
}

export interface PsiAsymptotics {
  readonly genus: number;
  /** In powers of 1/g. */
  readonly inverseGenus: PsiSeries;
  /** In falling factorials of m = 2g - 2 + n. */
  readonly factorial: PsiSeries;
}

interface Counts {
  readonly n: number;
  readonly p0: number;
  readonly p1: number;
  readonly p2: number;
  readonly p3: number;
}

function inverseGenusTerms({ n, p0, p1, p2, p3 }: Counts): [number, number, number] {
  const first = ((n - 1) * (n - 6) + (5 - p0) * p0) / 12;
  const second =
    ((n - 1) * (3 * n ** 3 - 59 * n ** 2 + 298 * n - 228) +
      p0 * (346 - 390 * n + 30 * n ** 2) +
      p0 ** 2 * (69 + 78 * n - 6 * n ** 2) -
      46 * p0 ** 3 +
      3 * p0 ** 4 -
      p1 * (204 - 180 * p0 + 36 * p0 ** 2) -
      60 * p2) /
    864;
  const third =
    (n ** 6 -
      41 * n ** 5 +
      555 * n ** 4 -
      3031 * n ** 3 +
      6092 * n ** 2 -
      5160 * n +
      1584 +
      p0 * (15 * n ** 4 - 490 * n ** 3 + 4291 * n ** 2 - 6864 * n + 3096) +
      p0 ** 2 * (-3 * n ** 4 + 98 * n ** 3 - 720 * n ** 2 - 1253 * n + 1636) +
      p0 ** 3 * (-46 * n ** 2 + 874 * n - 127) +
      p0 ** 4 * (3 * n ** 2 - 57 * n - 219) +
      31 * p0 ** 5 -
      p0 ** 6 +
      p1 * (-204 * n ** 2 + 3876 * n - 4824) +
      p0 * p1 * (180 * n ** 2 - 3420 * n + 2052) +
      p0 ** 2 * p1 * (-36 * n ** 2 + 684 * n + 1248) -
      552 * p0 ** 3 * p1 +
      36 * p0 ** 4 * p1 +
      p1 ** 2 * (-1224 + 1080 * p0 - 216 * p0 ** 2) +
      p2 * (1140 * n - 60 * n ** 2) -
      3420 * p0 * p2 +
      1140 * p0 ** 2 * p2 -
      120 * p0 ** 3 * p2 -
      720 * p1 * p2 +
      p3 * (1680 - 840 * p0)) /
    10368;
  return [first, second, third];
}

function factorialTerms({ p0, p1, p2, p3 }: Counts): [number, number, number] {
  const first = -(17 - 15 * p0 + 3 * p0 ** 2) / 12;
  const second =
    (1225 -
      1632 * p0 +
      741 * p0 ** 2 -
      138 * p0 ** 3 +
      9 * p0 ** 4 -
      612 * p1 +
      540 * p0 * p1 -
      108 * p0 ** 2 * p1 -
      180 * p2) /
    288;
  const third =
    (-199115 +
      327483 * p0 -
      204858 * p0 ** 2 +
      63225 * p0 ** 3 -
      10260 * p0 ** 4 +
      837 * p0 ** 5 -
      27 * p0 ** 6 +
      165348 * p1 -
      205416 * p0 * p1 +
      85860 * p0 ** 2 * p1 -
      14904 * p0 ** 3 * p1 +
      972 * p0 ** 4 * p1 -
      33048 * p1 ** 2 +
      29160 * p0 * p1 ** 2 -
      5832 * p0 ** 2 * p1 ** 2 +
      86940 * p2 -
      92340 * p0 * p2 +
      30780 * p0 ** 2 * p2 -
      3240 * p0 ** 3 * p2 -
      19440 * p1 * p2 +
      45360 * p3 -
      22680 * p0 * p3) /
    10368;
  return [first, second, third];
}

function series(exact: number, terms: readonly number[]): PsiSeries {
  const sums = [1];
  for (const term of terms) sums.push((sums.at(-1) as number) + term);
  return { exact, sums, errors: sums.map((sum) => sum - exact) };
}

/**
 * Both series beside the exact number.
 * @param d of genus 2 or more, with 2g - 2 + n > 3
 * @throws InputError for other d; UnsupportedError where `psi` gives one
 */
export function psiAsymptotics(d: ArrayLike<number>, exact: Rational = psi(d)): PsiAsymptotics {
  const entries = checkEntries("psiAsymptotics", d);
  const g = genusOf(entries);
  const n = entries.length;
  if (g === undefined) throw new InputError("psiAsymptotics", "d", "does not have the dimension of any genus");
  checkStable("psiAsymptotics", g, n);
  const m = 2 * g - 2 + n;
  if (g < 2 || m <= 3)
    throw new InputError(
      "psiAsymptotics",
      "d",
      `is of genus ${g} with ${n} points: the series start at genus 2, 2g - 2 + n = 4`,
    );
  const times = (i: number) => entries.filter((entry) => entry === i).length;
  const counts = { n, p0: times(0), p1: times(1), p2: times(2), p3: times(3) };
  const amplitude = exact.num * amplitudeFactor(entries);
  const leading = oddDoubleFactorial(3 * g - 3 + n);
  const ofGenus = toNumber(rational(amplitude * 24n ** BigInt(g) * factorial(g), exact.den * leading));
  const bracket = rational(
    amplitude * 2n ** BigInt(m + 2),
    exact.den * 3n ** BigInt(m) * 2n ** BigInt(n) * factorial(m - 1),
  );
  const [a1, a2, a3] = factorialTerms(counts);
  const falling = [m - 1, (m - 1) * (m - 2), (m - 1) * (m - 2) * (m - 3)] as const;
  return {
    genus: g,
    inverseGenus: series(
      ofGenus,
      inverseGenusTerms(counts).map((term, i) => term / g ** (i + 1)),
    ),
    factorial: series(Math.PI * toNumber(bracket), [
      ((2 / 3) * a1) / falling[0],
      ((4 / 9) * a2) / falling[1],
      ((8 / 27) * a3) / falling[2],
    ]),
  };
}
