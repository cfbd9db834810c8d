/** What mixers are made of besides the cores. */
import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul } from "../../binary.js";
import { sum } from "../../reduce.js";
import { scalarLike, times } from "../../support/pullbacks.js";
import { rsqrt, sigmoid, square } from "../../unary.js";

/** x / sqrt(sum x^2 + 1e-6) over the last axis: 0 of a row of zeros. */
export function l2norm(x: Tensor): Tensor {
  const squares = sum(square(x), { axes: [-1], keepDims: true });
  return mul(x, rsqrt(add(squares, scalarLike(x, 1e-6))));
}

/** Strengths of delta rules from logits: in (0, 1), or (0, 2) where negative eigenvalues are wanted. */
export function strength(logits: Tensor, negativeEigenvalues = false): Tensor {
  const beta = sigmoid(logits);
  return negativeEigenvalues ? times(beta, 2) : beta;
}
