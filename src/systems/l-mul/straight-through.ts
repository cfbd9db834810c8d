/**
 * What a tape makes of L-Mul: the gradients of ordinary multiplication ("straight-through" in gradients.ts), in f32 and rounded to the
 * operands' dtypes. The other two modes are calls of `lmulGradients` and its like.
 */
import type { Gradient } from "../../engine/gradient.js";
import { mul } from "../../ops/binary.js";
import type { MatmulParams as OrdinaryParams } from "../../ops/matmul/params.js";
import { matmul } from "../../ops/matmul.js";
import { matmulGradient } from "../../ops/matmul-gradient.js";
import { narrow, pullback, sumTo, wide } from "../../ops/support/pullbacks.js";
import { gradientDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { MatmulParams } from "./matmul-params.js";

/** In the operand's form. */
const likeOperand = (gradient: Tensor, { shape, dtype }: Tensor): Tensor =>
  narrow(sumTo(gradient, shape), gradientDType(dtype));

/** Of products element by element, broadcast, and of their sum. */
export const productGradient: Gradient<unknown> = ({ inputs: [a, b] }) => [
  pullback(0, [b!], (dy, b) => likeOperand(mul(dy, wide(b)), a!)),
  pullback(1, [a!], (dy, a) => likeOperand(mul(dy, wide(a)), b!)),
];

export const productsGradient: Gradient<MatmulParams> = (call) => {
  const { transposeA, transposeB } = call.params;
  const params = { transposeA, transposeB, activation: undefined } as OrdinaryParams;
  return (matmulGradient as Exclude<typeof matmulGradient, { constant: string }>)({ ...call, params });
};

/** Of y = x W^T + bias over the rows of x. */
export const linearGradient: Gradient<MatmulParams> = ({ inputs, params: { m, n, k } }) => {
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor?];
  return [
    pullback(0, [weight], (dy, weight) => likeOperand(matmul(dy.reshape([m, n]), weight).reshape(x.shape), x)),
    pullback(1, [x], (dy, x) =>
      likeOperand(matmul(dy.reshape([m, n]), x.reshape([m, k]), { transposeA: true }), weight),
    ),
    ...(bias ? [pullback(2, [], (dy) => likeOperand(dy, bias))] : []),
  ];
};
