/**
 * Gradients of arithmetic. A broadcast operand gets the sum over what it was repeated for. Of equal operands of minimum and maximum
 * each gets half, as in the reductions.
 */
import type { Gradient } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { div, mul, pow, sub } from "./binary.js";
import { eq, gt, lt } from "./compare.js";
import type { BinaryName } from "./elementwise/binary-table.js";
import type { BroadcastParams } from "./elementwise/broadcast-call.js";
import { onlyWhere, pullback, scalarLike, sumTo, times } from "./support/pullbacks.js";
import { log, neg, round } from "./unary.js";
import { where } from "./where.js";

type Rule = Gradient<BroadcastParams>;

/** @param wins whether the first operand is the result */
const extreme =
  (wins: (a: Tensor, b: Tensor) => Tensor): Rule =>
  ({ inputs: [a, b] }) => {
    const share = (dy: Tensor, own: Tensor, other: Tensor) =>
      sumTo(where(eq(own, other), times(dy, 0.5), onlyWhere(wins(own, other), dy)), own.shape);
    return [pullback(0, [a!, b!], (dy, a, b) => share(dy, a, b)), pullback(1, [a!, b!], (dy, a, b) => share(dy, b, a))];
  };

/** b a^(b - 1), and 0 where b is 0, whatever a. */
function slopeOfBase(a: Tensor, b: Tensor): Tensor {
  const slope = mul(b, pow(a, sub(b, scalarLike(b, 1))));
  const zero = scalarLike(b, 0);
  return where(eq(b, zero), zero, slope);
}

/** a^b ln a, and 0 where a^b is 0: its limit there. */
function slopeOfExponent(a: Tensor, y: Tensor): Tensor {
  const zero = scalarLike(y, 0);
  return where(eq(y, zero), zero, mul(y, log(a)));
}

export const binaryGradients: Record<BinaryName, Rule> = {
  add: ({ inputs: [a, b] }) => [
    pullback(0, [], (dy) => sumTo(dy, a!.shape)),
    pullback(1, [], (dy) => sumTo(dy, b!.shape)),
  ],
  sub: ({ inputs: [a, b] }) => [
    pullback(0, [], (dy) => sumTo(dy, a!.shape)),
    pullback(1, [], (dy) => neg(sumTo(dy, b!.shape))),
  ],
  mul: ({ inputs: [a, b] }) => [
    pullback(0, [b!], (dy, b) => sumTo(mul(dy, b), a!.shape)),
    pullback(1, [a!], (dy, a) => sumTo(mul(dy, a), b!.shape)),
  ],
  div: ({ inputs: [a, b], outputs: [y] }) => [
    pullback(0, [b!], (dy, b) => sumTo(div(dy, b), a!.shape)),
    pullback(1, [b!, y!], (dy, b, y) => neg(sumTo(mul(dy, div(y, b)), b.shape))),
  ],
  minimum: extreme(lt),
  maximum: extreme(gt),
  mod: ({ inputs: [a, b], outputs: [y] }) => [
    pullback(0, [], (dy) => sumTo(dy, a!.shape)),
    pullback(1, [a!, b!, y!], (dy, a, b, y) => neg(sumTo(mul(dy, round(div(sub(a, y), b))), b.shape))),
  ],
  pow: ({ inputs: [a, b], outputs: [y] }) => [
    pullback(0, [a!, b!], (dy, a, b) => sumTo(mul(dy, slopeOfBase(a, b)), a.shape)),
    pullback(1, [a!, y!], (dy, a, y) => sumTo(mul(dy, slopeOfExponent(a, y)), b!.shape)),
  ],
};
