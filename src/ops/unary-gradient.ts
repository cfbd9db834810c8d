/**
 * Gradients of the functions of one number. Each keeps the argument or the result, whichever the derivative is shorter in. Rounding
 * and sign are flat wherever they have a derivative.
 */
import type { Gradient } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { add, div, mul, sub } from "./binary.js";
import { gt, lt } from "./compare.js";
import type { UnaryName } from "./elementwise/unary-table.js";
import { onlyWhere, pullback, scalarLike, times } from "./support/pullbacks.js";
import { cos, erf, exp, neg, sigmoid, sign, sin, square, type UnaryParams } from "./unary.js";
import { where } from "./where.js";

type Derivative = (dy: Tensor, value: Tensor, p: number) => Tensor;

const ofArgument =
  (derivative: Derivative): Gradient<UnaryParams> =>
  ({ inputs: [a], params: { p } }) => [pullback(0, [a!], (dy, a) => derivative(dy, a, p))];

const ofResult =
  (derivative: Derivative): Gradient<UnaryParams> =>
  ({ outputs: [y], params: { p } }) => [pullback(0, [y!], (dy, y) => derivative(dy, y, p))];

const flat: Gradient<UnaryParams> = { constant: "it is flat between its steps" };

const plus = (a: Tensor, number: number): Tensor => add(a, scalarLike(a, number));

/** 1 - a. */
const complement = (a: Tensor): Tensor => sub(scalarLike(a, 1), a);

const isNegative = (a: Tensor): Tensor => lt(a, scalarLike(a, 0));

/** Phi(x) + x phi(x) with the normal distribution function and density. */
function geluSlope(x: Tensor): Tensor {
  const distribution = times(plus(erf(times(x, Math.SQRT1_2)), 1), 0.5);
  const density = times(exp(times(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(distribution, mul(x, density));
}

/** Of x sigmoid(u) with u = sqrt(8 / pi) (x + 0.044715 x^3), which is the same function. */
function geluTanhSlope(x: Tensor): Tensor {
  const scale = Math.sqrt(8 / Math.PI);
  const cubic = times(square(x), 0.044715);
  const gate = sigmoid(times(mul(x, plus(cubic, 1)), scale));
  const slope = times(plus(times(cubic, 3), 1), scale);
  return mul(gate, plus(mul(mul(x, complement(gate)), slope), 1));
}

function siluSlope(x: Tensor): Tensor {
  const gate = sigmoid(x);
  return mul(gate, plus(mul(x, complement(gate)), 1));
}

export const unaryGradients: Record<UnaryName, Gradient<UnaryParams>> = {
  neg: () => [pullback(0, [], (dy) => neg(dy))],
  abs: ofArgument((dy, x) => mul(dy, sign(x))),
  sign: flat,
  square: ofArgument((dy, x) => mul(dy, add(x, x))),
  relu: ofResult((dy, y) => onlyWhere(gt(y, scalarLike(y, 0)), dy)),
  sqrt: ofResult((dy, y) => div(times(dy, 0.5), y)),
  rsqrt: ofResult((dy, y) => mul(times(dy, -0.5), mul(y, square(y)))),
  reciprocal: ofResult((dy, y) => neg(mul(dy, square(y)))),
  floor: flat,
  ceil: flat,
  round: flat,
  trunc: flat,
  exp: ofResult((dy, y) => mul(dy, y)),
  exp2: ofResult((dy, y) => mul(dy, times(y, Math.LN2))),
  // Not the result plus 1, which has lost the digits of a small exponential.
  expm1: ofArgument((dy, x) => mul(dy, exp(x))),
  log: ofArgument((dy, x) => div(dy, x)),
  log2: ofArgument((dy, x) => div(times(dy, Math.LOG2E), x)),
  log1p: ofArgument((dy, x) => div(dy, plus(x, 1))),
  sin: ofArgument((dy, x) => mul(dy, cos(x))),
  cos: ofArgument((dy, x) => neg(mul(dy, sin(x)))),
  tanh: ofResult((dy, y) => mul(dy, complement(square(y)))),
  erf: ofArgument((dy, x) => mul(dy, times(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))),
  sigmoid: ofResult((dy, y) => mul(dy, mul(y, complement(y)))),
  silu: ofArgument((dy, x) => mul(dy, siluSlope(x))),
  softplus: ofArgument((dy, x) => mul(dy, sigmoid(x))),
  gelu: ofArgument((dy, x) => mul(dy, geluSlope(x))),
  geluTanh: ofArgument((dy, x) => mul(dy, geluTanhSlope(x))),
  leakyRelu: ofArgument((dy, x, slope) => where(isNegative(x), times(dy, slope), dy)),
  elu: ofArgument((dy, x, scale) => where(isNegative(x), mul(dy, times(exp(x), scale)), dy)),
};
