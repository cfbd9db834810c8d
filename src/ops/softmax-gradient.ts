/** Gradients of softmax, logSoftmax and logsumexp along their axis; in f32, rounded once for f16 and bf16. */
import type { Gradient, RecordedCall } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { mul, sub } from "./binary.js";
import { sum } from "./reduce.js";
import { type SoftmaxOptions, softmax } from "./softmax.js";
import { narrow, pullback, wide } from "./support/pullbacks.js";
import { exp } from "./unary.js";

type Rule = Gradient<unknown>;

const axisOf = ({ args }: RecordedCall<unknown>): number => (args[1] as SoftmaxOptions | undefined)?.axis ?? -1;

const softmaxRule: Rule = (call) => {
  const axes = axisOf(call);
  return [
    pullback(0, [call.outputs[0]!], (dy, y) => {
      const [g, weights] = [wide(dy), wide(y)];
      const mean = sum(mul(g, weights), { axes, keepDims: true });
      return narrow(mul(weights, sub(g, mean)), dy.dtype);
    }),
  ];
};

const logSoftmaxRule: Rule = (call) => {
  const axes = axisOf(call);
  return [
    pullback(0, [call.outputs[0]!], (dy, y) => {
      const g = wide(dy);
      return narrow(sub(g, mul(exp(wide(y)), sum(g, { axes, keepDims: true }))), dy.dtype);
    }),
  ];
};

const logsumexpRule: Rule = (call) => {
  const axis = axisOf(call);
  const { shape } = call.inputs[0]!;
  const kept = shape.with(axis < 0 ? axis + shape.length : axis, 1);
  return [pullback(0, [call.inputs[0]!], (dy: Tensor, a: Tensor) => mul(dy.reshape(kept), softmax(a, { axis })))];
};

export const softmaxGradients = { softmax: softmaxRule, logSoftmax: logSoftmaxRule, logsumexp: logsumexpRule };
