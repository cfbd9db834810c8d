/** The names that expressions of constants may use. A closed table: nothing else is looked up, nothing is evaluated. */
import { bitLength } from "../integers/limbs.js";
import { rational } from "../rational.js";
import { algebraicNumber } from "./algebraic.js";
import { bessel, besselRatio } from "./bessel.js";
import { catalan } from "./catalan.js";
import { eulerGamma } from "./euler-gamma.js";
import { e } from "./exponential.js";
import {
  combined,
  constant,
  type Expression,
  exponentialOf,
  hyperbolic,
  literal,
  logarithmOf,
  raised,
  rationalArgument,
  squareRoot,
  wholeArgument,
} from "./expression.js";
import { gompertz } from "./gompertz.js";
import { pi } from "./pi.js";
import { arcTangentOfRational, type SineCosine, sineCosineOfInterval, sineCosineOfRational } from "./trigonometric.js";
import { zeta } from "./zeta.js";

export const namedConstants: ReadonlyMap<string, Expression> = new Map([
  ["e", constant(e)],
  ["pi", constant(pi)],
  ["gamma", constant(eulerGamma)],
  ["catalan", constant(catalan)],
  ["gompertz", constant(gompertz)],
  ["phi", constant({ ...algebraicNumber([-1n, -1n, 1n], 2), latex: "\\varphi" })],
]);

type Unary = (x: Expression) => Expression;

function circular(latex: string, pick: (both: SineCosine) => SineCosine["sin"]): Unary {
  return (x) => {
    const short = x.exact && bitLength(x.exact.num * x.exact.den) < 64 && x.exact;
    return {
      latex: `${latex} ${x.latex}`,
      at: (bits) => pick(short ? sineCosineOfRational(short, bits) : sineCosineOfInterval(x.at(bits))),
    };
  };
}

const one = literal(rational(1n));
const sin = circular("\\sin", (both) => both.sin);
const cos = circular("\\cos", (both) => both.cos);
const quotient = (latex: string, x: Expression, above: Expression, below: Expression): Expression => ({
  ...combined("/", above, below),
  latex: `${latex} ${x.latex}`,
});

export const unaryFunctions: ReadonlyMap<string, Unary> = new Map<string, Unary>([
  ["sqrt", squareRoot],
  ["cbrt", (x) => raised(x, literal(rational(1n, 3n)))],
  ["exp", exponentialOf],
  ["log", logarithmOf],
  ["ln", logarithmOf],
  ["sin", sin],
  ["cos", cos],
  ["tan", (x) => quotient("\\tan", x, sin(x), cos(x))],
  ["cot", (x) => quotient("\\cot", x, cos(x), sin(x))],
  ["sinh", (x) => hyperbolic(x, -1)],
  ["cosh", (x) => hyperbolic(x, 1)],
  ["tanh", (x) => quotient("\\tanh", x, hyperbolic(x, -1), hyperbolic(x, 1))],
  ["coth", (x) => quotient("\\coth", x, hyperbolic(x, 1), hyperbolic(x, -1))],
  ["acosh", (x) => logarithmOf(combined("+", x, squareRoot(combined("-", combined("*", x, x), one))))],
  ["asinh", (x) => logarithmOf(combined("+", x, squareRoot(combined("+", combined("*", x, x), one))))],
  [
    "atan",
    (x) => {
      const value = rationalArgument("atan", x);
      return { latex: `\\arctan ${x.latex}`, at: (bits) => arcTangentOfRational(value, bits) };
    },
  ],
  ["zeta", (x) => constant(zeta(wholeArgument("zeta", x)))],
]);

/** I0(x), J12(x): the order is part of the name. */
export function besselByName(name: string): Unary | undefined {
  const match = /^([IJ])(\d{1,4})$/.exec(name);
  if (!match) return undefined;
  const [, kind, order] = match as unknown as [string, "I" | "J", string];
  return (x) => constant(bessel(kind, Number(order), rationalArgument(name, x)));
}

/** Iratio(A/d, 2/d) = I_(A/d-1)(2/d) / I_(A/d)(2/d). */
export const binaryFunctions: ReadonlyMap<string, (x: Expression, y: Expression) => Expression> = new Map([
  ["Iratio", (x, y) => constant(besselRatio("I", rationalArgument("Iratio", x), rationalArgument("Iratio", y)))],
  ["Jratio", (x, y) => constant(besselRatio("J", rationalArgument("Jratio", x), rationalArgument("Jratio", y)))],
]);
