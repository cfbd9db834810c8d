/** What mixers are made of besides the cores. */
import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul } from "../../binary.js";
import { sum } from "../../reduce.js";
import { scalarLike, times } from "../../support/pullbacks.js";
import { exp, neg, rsqrt, sigmoid, softplus, square } from "../../unary.js";

/** The switch to eigenvalues in [-1, 1] (Grazzi et al., arXiv 2411.12537). */
export interface EigenvalueRange {
  /** Eigenvalues in [-1, 1]; in [0, 1] by default. */
  negativeEigenvalues?: boolean;
}

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

/** Log-decays as a core's gate: e^g, or 2 e^g - 1 where negative eigenvalues are wanted. */
export function decayOf(gate: Tensor, negativeEigenvalues = false): { gate: Tensor } | { signedGate: Tensor } {
  return negativeEigenvalues ? { signedGate: add(times(exp(gate), 2), scalarLike(gate, -1)) } : { gate };
}

/** 1 - e^g: what a step may write where it keeps e^g. */
export function complement(gate: Tensor): Tensor {
  return add(neg(exp(gate)), scalarLike(gate, 1));
}

/** ln sigmoid(x). */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}
