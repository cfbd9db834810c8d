/**
 * Gradients of attention by attentionBackward, for q, k, v, the bias and the sinks; ALiBi's slopes have none. f16 and bf16 are widened.
 * `attention` keeps no log-sum-exp, so it runs once more; `attentionWithLse` spares that.
 */
import type { Gradient, RecordedCall } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import type { AttentionOptions } from "./attention/options.js";
import type { AttentionParams } from "./attention/params.js";
import { attentionWithLse } from "./attention.js";
import { type AttentionGradients, attentionBackward } from "./attention-backward.js";
import { concat } from "./concat.js";
import { fill } from "./fill.js";
import { pad } from "./pad.js";
import { slice } from "./slice.js";
import { narrow, wide } from "./support/pullbacks.js";
import { transpose } from "./transpose.js";
import { neg } from "./unary.js";

type Call = RecordedCall<AttentionParams>;
type Operands = readonly [q: Tensor, k: Tensor, v: Tensor];
type Options = Omit<AttentionOptions, "out" | "on" | "scope">;

/** The call's options over the operands that were kept. */
function optionsOf({ args, params: { inputs } }: Call, kept: readonly Tensor[]): Options {
  const { out: _, on: __, scope: ___, ...options } = (args[3] ?? {}) as AttentionOptions;
  const present = Object.entries(inputs).filter(([, index]) => index >= 0);
  return { ...options, ...Object.fromEntries(present.map(([name, index]) => [name, kept[index]])) };
}

/** Where the gradients go, in the order in which `inOrder` gives them. */
function targetsOf({ params: { inputs } }: Call): number[] {
  return [0, 1, 2, inputs.bias, inputs.sinks].filter((index) => index >= 0);
}

function inOrder({ dq, dk, dv, dBias, dSinks }: AttentionGradients, { params: { dtype } }: Call): Tensor[] {
  const operands = [dq, dk, dv].map((gradient) => narrow(gradient, dtype));
  return [...operands, ...[dBias, dSinks].filter((gradient) => gradient !== undefined)];
}

const lastChannel = (x: Tensor, width: number) =>
  x.shape.map((_, axis): [number, number] => [0, axis === 3 ? width : 0]);

/**
 * Of the log-sum-exp, too. The scores' gradient is w (do . v - do . o + dlse): one more channel, in which do is 1, v is 0 and o is
 * -dlse, adds that term.
 */
function withLse([q, k, v]: Operands, o: Tensor, lse: Tensor, dO: Tensor, dLse: Tensor, options: Options) {
  const isTimeFirst = options.layout !== "bhtd";
  const perRow = (isTimeFirst ? transpose(dLse, { axes: [0, 2, 1] }) : dLse).reshape(o.shape.with(3, 1));
  const widerO = concat([o, neg(perRow)], 3);
  const widerV = pad(v, lastChannel(v, 1));
  const gradients = attentionBackward(q, k, widerV, widerO, lse, pad(dO, lastChannel(dO, 1), { value: 1 }), options);
  return { ...gradients, dv: slice(gradients.dv, [null, null, null, [0, v.shape[3] as number]]) };
}

export const attentionGradient: Gradient<AttentionParams> = (call) => [
  {
    to: targetsOf(call),
    reads: call.inputs,
    run: ([dO], kept) => {
      const [q, k, v] = kept.slice(0, 3).map(wide) as unknown as Operands;
      const options = optionsOf(call, kept);
      const { o, lse } = attentionWithLse(q, k, v, options);
      return inOrder(attentionBackward(q, k, v, o, lse, wide(dO!), options), call);
    },
  },
];

export const attentionWithLseGradient: Gradient<AttentionParams> = (call) => [
  {
    to: targetsOf(call),
    reads: [...call.inputs, ...call.outputs],
    run: ([dO, dLse], kept) => {
      const operands = kept.slice(0, 3).map(wide) as unknown as Operands;
      const [o, lse] = kept.slice(-2) as [Tensor, Tensor];
      const options = optionsOf(call, kept);
      const upper = dO ? wide(dO) : fill(o.engine, o.shape, 0);
      const gradients = dLse
        ? withLse(operands, wide(o), lse, upper, dLse, options)
        : attentionBackward(...operands, wide(o), lse, upper, options);
      return inOrder(gradients, call);
    },
  },
];
