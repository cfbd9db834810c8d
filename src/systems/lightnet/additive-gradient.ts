/**
 * Gradients through the additive recurrence, by its backward operation.
 *
 * What a state's max and sum say together is z = max + ln sum; whatever depends on them depends on z alone. So the gradient of z is
 * read from that of the sum, with max as a fixed reference (d z = sum d sum), and handed on to both (d max = d z, d sum = d z / sum).
 */
import type { Gradient, RecordedCall } from "../../engine/gradient.js";
import { div, mul } from "../../ops/binary.js";
import { gt } from "../../ops/compare.js";
import { fill } from "../../ops/fill.js";
import { onlyWhere, scalarLike } from "../../ops/support/pullbacks.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { AdditiveOptions, CoreParams } from "./additive.js";
import { additiveBackward } from "./additive-backward.js";

type Kept = Readonly<Record<string, Tensor | undefined>>;

/** The call's options over the tensors that were kept. */
function optionsOf({ args }: RecordedCall<CoreParams>, { gate, s0, max, sum, z }: Kept) {
  const { out: _, on: __, scope: ___, initialState: ____, ...options } = (args[3] ?? {}) as AdditiveOptions;
  const parts = Object.entries({ s: s0, max, sum, z }).filter(([, part]) => part);
  return {
    ...options,
    ...(gate ? { gate } : {}),
    ...(parts.length > 0 ? { initialState: Object.fromEntries(parts) } : {}),
  };
}

/** 0 for a channel that has seen no token, which has no sum. */
export function toSum(dz: Tensor, sum: Tensor): Tensor {
  return onlyWhere(gt(sum, scalarLike(sum, 0)), div(dz, sum));
}

export const additiveGradient: Gradient<CoreParams> = (call) => {
  const { names, inputs, outputs } = call;
  return [
    {
      to: inputs.map((_, index) => index),
      reads: [...inputs, outputs[3] as Tensor],
      run: ([dO, dS, , dSum], values) => {
        const kept: Kept = Object.fromEntries(names.map((name, index) => [name, values[index]]));
        const [o, sum] = [outputs[0] as Tensor, values.at(-1) as Tensor];
        const upper = dO ?? fill(sum.engine, o.shape, 0);
        const dState = { ...(dS ? { s: dS } : {}), ...(dSum ? { z: mul(dSum, sum) } : {}) };
        const gradients = additiveBackward(kept.q!, kept.k!, kept.v!, upper, { ...optionsOf(call, kept), dState });
        const { dq, dk, dv, dGate, dInitialState } = gradients;
        const { s, z } = dInitialState;
        const dInitialSum = kept.sum && toSum(z, kept.sum);
        const all: Kept = { q: dq, k: dk, v: dv, gate: dGate, s0: s, max: z, sum: dInitialSum, z };
        return names.map((name) => all[name] as Tensor);
      },
    },
  ];
};
