/** Which number is it? Rational, algebraic of small degree, or a Moebius transform of known constants. */
import { InputError } from "../../backends/contract.js";
import { formatPolynomial } from "../constants/algebraic.js";
import type { Enclosure } from "../constants/enclosure.js";
import { multiplyIntervals } from "../constants/interval.js";
import { parseConstant } from "../constants/parse.js";
import { bitsForDigits, type Real } from "../constants/real.js";
import { userDigits } from "../constants/user-digits.js";
import { lllRelation } from "../lll.js";
import { pslq } from "../pslq.js";
import { rational, toNumber } from "../rational.js";
import { mayVanish } from "../relations.js";
import { type Evidence, weakness, weigh } from "./guard.js";
import { formatMoebius } from "./moebius.js";

export interface IdentifyOptions {
  /** Default 1000. */
  readonly maxCoefficient?: number;
  /** Algebraic numbers up to this degree; 0 for none. Default 4, at most 16. */
  readonly degree?: number;
  /** Default 2, at least 1. */
  readonly minRatio?: number;
  /** Relations with all constants at once instead of one at a time. Default false. */
  readonly joint?: boolean;
  /** Digits to work with when the value can be computed to any number. Default 60. */
  readonly digits?: number;
  readonly method?: "lll" | "pslq";
}

export interface Match extends Evidence {
  readonly kind: "rational" | "algebraic" | "moebius";
  readonly text: string;
  readonly latex: string;
  /** The constants c of the relation, none unless kind is moebius. */
  readonly constants: readonly string[];
  /** value = (num . [1, c...]) / (den . [1, c...]); absent for algebraic numbers. */
  readonly num?: readonly bigint[];
  readonly den?: readonly bigint[];
  /** The polynomial with this root, lowest coefficient first; algebraic numbers only. */
  readonly polynomial?: readonly bigint[];
}

export interface Identification {
  readonly status: "identified" | "not-identified" | "too-few-digits";
  /** Significant digits of the value that are certain. */
  readonly digits: number;
  /** The most convincing first. */
  readonly matches: readonly Match[];
  /** Relations that fit and convince too little, and constants that were left out: with the reason. */
  readonly rejected: readonly { readonly text: string; readonly reason: string }[];
}

export const defaultConstants: readonly string[] = [
  "pi",
  "e",
  "log(2)",
  "zeta(3)",
  "catalan",
  "gamma",
  "pi^2",
  "e^2",
  "log(3)",
  "zeta(5)",
  "gompertz",
  "tan(1)",
  "sqrt(pi)",
  "I0(2)/I1(2)",
];

/** Below this many digits a few small integers fit anything. */
export const fewestDigits = 6;

/**
 * @param value digits ("1.2020569..."), an expression ("pi^2/6"), or a Real
 * @param constants expressions or Reals; those that are rational are left out and named
 * @throws InputError for malformed text or options
 * @example identify("1.2020569").matches[0].text // "zeta(3)"
 */
export function identify(
  value: string | Real,
  constants: readonly (string | Real)[] = defaultConstants,
  options: IdentifyOptions = {},
): Identification {
  const { maxCoefficient = 1000, degree = 4, minRatio = 2, joint = false, digits = 60, method = "lll" } = options;
  whole("maxCoefficient", maxCoefficient, 1, Number.MAX_SAFE_INTEGER);
  whole("degree", degree, 0, 16);
  whole("digits", digits, fewestDigits, 100_000);
  if (!(minRatio >= 1)) throw new InputError("identify", "minRatio", `is ${minRatio}, expected at least 1`);
  const unknown = typeof value === "string" ? realOf(value) : value;
  const known = constants.map((c) => (typeof c === "string" ? parseConstant(c) : c));
  const sizes = digitsOf(unknown, digits);
  if (sizes.significant < fewestDigits)
    return { status: "too-few-digits", digits: Math.max(0, sizes.significant), matches: [], rejected: [] };

  const heldOut = Math.max(2, Math.floor(sizes.significant / 5));
  const searchBits = Math.floor((sizes.decimals - heldOut) * Math.log2(10)) - 1;
  const relate = method === "pslq" ? pslq : lllRelation;
  const [matches, rejected] = [[] as Match[], [] as { text: string; reason: string }[]];
  const search = (
    basis: (bits: number) => Enclosure[],
    describe: (c: readonly bigint[]) => Described | string,
  ): void => {
    const { coefficients } = relate(basis(searchBits), { maxCoefficient: BigInt(maxCoefficient) });
    if (!coefficients) return;
    const found = describe(coefficients);
    if (typeof found === "string") {
      if (found) rejected.push({ text: found, reason: "is rational as far as the digits tell" });
      return;
    }
    const evidence = weigh(coefficients, sizes.significant - heldOut, heldOut);
    const reason = mayVanish(coefficients, basis(sizes.bits))
      ? weakness(evidence, minRatio)
      : `the ${heldOut} digits held out disagree`;
    if (reason) rejected.push({ text: found.text, reason });
    else matches.push({ ...found, ...evidence });
  };

  search(
    (bits) => [one(bits), unknown.enclose(bits)],
    ([a, b]) => moebius([-(a as bigint)], [b as bigint], []),
  );
  for (let d = 2; d <= degree && matches.length === 0; d++)
    search(
      (bits) => powers(unknown.enclose(bits), d),
      (c) => algebraic(c),
    );
  if (matches.some(({ kind }) => kind === "rational")) return done(sizes.significant, matches, rejected);
  for (const group of joint ? [known] : known.map((c) => [c])) {
    const rational = group.find((c) => c.exact);
    if (rational) {
      rejected.push({ text: rational.name, reason: "is a rational constant" });
      continue;
    }
    search(
      (bits) => moebiusBasis(unknown, group, bits),
      (c) =>
        moebius(
          c.slice(0, group.length + 1),
          c.slice(group.length + 1).map((x) => -x),
          group,
        ),
    );
  }
  return done(sizes.significant, matches, rejected);
}

type Described = Pick<Match, "kind" | "text" | "latex" | "constants" | "num" | "den" | "polynomial">;

function done(digits: number, matches: Match[], rejected: Identification["rejected"]): Identification {
  matches.sort((a, b) => b.informationRatio - a.informationRatio);
  return { status: matches.length > 0 ? "identified" : "not-identified", digits, matches, rejected };
}

/** A description, or a string when the relation says nothing of the value: the name of a constant that seems rational, or "". */
function moebius(above: readonly bigint[], below: readonly bigint[], constants: readonly Real[]): Described | string {
  // One form of two: a lone denominator is positive, else the numerator begins positive.
  const lone = below.filter((x) => x !== 0n).length === 1;
  const sign = ((lone ? below : above).find((x) => x !== 0n) ?? 0n) < 0n ? -1n : 1n;
  // sum a_i c_i + sum b_i v c_i = 0, b already negated: v = above / below.
  const [num, den] = [above.map((x) => x * sign), below.map((x) => x * sign)];
  const names = constants.map(({ name }) => name);
  if (den.every((x) => x === 0n)) return names.join(", ");
  if (constants.length === 1 && num[0]! * den[1]! === num[1]! * den[0]!) return "";
  return {
    kind: constants.length === 0 ? "rational" : "moebius",
    text: formatMoebius(num, den, names),
    latex: formatMoebius(
      num,
      den,
      constants.map((c) => c.latex),
      true,
    ),
    constants: names,
    num,
    den,
  };
}

function algebraic(polynomial: readonly bigint[]): Described | string {
  if (polynomial.filter((c) => c !== 0n).length < 2) return "";
  const text = formatPolynomial(polynomial);
  return { kind: "algebraic", text: `root of ${text}`, latex: `${text} = 0`, constants: [], polynomial };
}

const one = (bits: number): Enclosure => ({ lo: 1n << BigInt(bits), hi: 1n << BigInt(bits), bits });

function powers(x: Enclosure, degree: number): Enclosure[] {
  const list = [one(x.bits)];
  for (let i = 1; i <= degree; i++) list.push(multiplyIntervals(list[i - 1] as Enclosure, x));
  return list;
}

/** 1, c..., v, v c... */
function moebiusBasis(value: Real, constants: readonly Real[], bits: number): Enclosure[] {
  const v = value.enclose(bits);
  const known = constants.map((c) => c.enclose(bits));
  return [one(bits), ...known, v, ...known.map((c) => multiplyIntervals(v, c))];
}

function realOf(text: string): Real {
  return /[A-Za-z(*/^]/.test(text) && !/^NaN$|^-?Infinity$/.test(text.trim()) ? parseConstant(text) : userDigits(text);
}

function digitsOf(x: Real, wanted: number): { significant: number; decimals: number; bits: number } {
  const decimals =
    x.knownBits === undefined ? wanted : Math.min(wanted * 100, Math.floor((x.knownBits + 2) / Math.log2(10)));
  const bits = x.knownBits ?? bitsForDigits(wanted);
  const { lo, hi } = x.enclose(bits);
  const size = lo < 0n ? -lo : hi;
  const magnitude = size === 0n ? 0 : Math.floor(Math.log10(toNumber(rational(size, 1n << BigInt(bits))))) + 1;
  return { significant: Math.max(0, decimals + Math.min(magnitude, decimals)), decimals, bits };
}

function whole(argument: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new InputError("identify", argument, `is ${value}, expected an integer from ${low} to ${high}`);
}
