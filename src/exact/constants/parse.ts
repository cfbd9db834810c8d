/** Constants from text: 'e^2', 'zeta(3)', 'tan(1)', 'I0(2)/I1(2)', 'pi^2/6', 'root(x^3-x-1, 1)'. Parsed, never evaluated as code. */
import { InputError } from "../../backends/contract.js";
import { parseRational, rational } from "../rational.js";
import { algebraicNumber } from "./algebraic.js";
import {
  combined,
  constant,
  type Expression,
  exponentialOf,
  literal,
  negated,
  type Operator,
  raised,
} from "./expression.js";
import { besselByName, binaryFunctions, namedConstants, unaryFunctions } from "./functions.js";
import { parsePolynomial } from "./parse-polynomial.js";
import { type Real, real } from "./real.js";
import { Tokens } from "./tokens.js";

/**
 * A real number from an expression of numbers, + - * / ^, parentheses, the constants e, pi, gamma, catalan, gompertz, phi and
 * the functions sqrt, cbrt, exp, log (ln), sin, cos, tan, cot, sinh, cosh, tanh, coth, acosh, asinh, atan, zeta, I0, J0, I1, ...
 * (Bessel), Iratio(order, x), Jratio(order, x), root(polynomial in x, which real root, counted from 1).
 *
 * @throws InputError saying where the text is malformed, or which argument a function cannot take
 * @example decimals(parseConstant("pi^2/6"), 10) // "1.6449340668"
 */
export function parseConstant(text: string): Real {
  const tokens = new Tokens(text);
  const expression = sum(tokens);
  tokens.end();
  const name = text.replace(/\s+/g, "");
  const number = real(name, expression.latex, (bits) => expression.at(bits));
  return expression.exact ? { ...number, exact: expression.exact } : number;
}

function sum(tokens: Tokens): Expression {
  let left = product(tokens);
  for (let operator = tokens.take("+", "-"); operator; operator = tokens.take("+", "-"))
    left = combined(operator as Operator, left, product(tokens));
  return left;
}

function product(tokens: Tokens): Expression {
  let left = signed(tokens);
  for (let operator = tokens.take("*", "/"); operator; operator = tokens.take("*", "/"))
    left = combined(operator as Operator, left, signed(tokens));
  return left;
}

/** -x^2 is -(x^2), and 2^-1 has its sign in the exponent. */
function signed(tokens: Tokens): Expression {
  if (tokens.take("-")) return tokens.nested(() => negated(signed(tokens)));
  if (tokens.take("+")) return tokens.nested(() => signed(tokens));
  const isE = tokens.peek() === "e";
  const base = atom(tokens);
  if (!tokens.take("^")) return base;
  const exponent = tokens.nested(() => signed(tokens));
  return isE ? exponentialOf(exponent) : raised(base, exponent);
}

function atom(tokens: Tokens): Expression {
  if (tokens.take("(")) {
    const inner = tokens.nested(() => sum(tokens));
    tokens.expect(")");
    return inner;
  }
  const token = tokens.next();
  if (/^[\d.]/.test(token)) return literal(parseRational(token));
  const named = namedConstants.get(token);
  if (named) return named;
  if (token === "root") return root(tokens);
  const unary = unaryFunctions.get(token) ?? besselByName(token);
  const binary = binaryFunctions.get(token);
  if (!unary && !binary)
    throw new InputError("parseConstant", "text", `has ${JSON.stringify(token)}, which is no constant or function`);
  tokens.expect("(");
  const x = tokens.nested(() => sum(tokens));
  if (binary) tokens.expect(",");
  const y = binary ? tokens.nested(() => sum(tokens)) : literal(rational(0n));
  tokens.expect(")");
  return binary ? binary(x, y) : (unary as (x: Expression) => Expression)(x);
}

function root(tokens: Tokens): Expression {
  tokens.expect("(");
  const polynomial = parsePolynomial(tokens);
  const index = tokens.take(",") ? Number(tokens.next()) : 1;
  tokens.expect(")");
  return constant(algebraicNumber(polynomial, index));
}
