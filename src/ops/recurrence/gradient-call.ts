/** What the gradient rules of the recurrences have in common: each is one call of the operation's own backward. */
import type { Gradient } from "../../engine/gradient.js";
import type { Tensor } from "../../tensor/tensor.js";
import { fill } from "../fill.js";
import { narrow } from "../support/pullbacks.js";

/**
 * @param gradientNames of each input that has one: { q: "dq", ... }
 * @param run the backward operation over the tensors that the tape kept, by name, with the call's options and `dState`
 */
export function backwardRule<P, G extends object, Options extends object>(
  gradientNames: Readonly<Record<string, keyof G>>,
  run: (kept: Readonly<Record<string, Tensor>>, dResult: Tensor, options: Options) => G,
): Gradient<P> {
  return ({ names, inputs, outputs, args }) => {
    const named = names.flatMap((name, index) => (gradientNames[name] ? [[name, index] as const] : []));
    return [
      {
        to: named.map(([, index]) => index),
        reads: inputs,
        run: ([dResult, dState], values) => {
          const kept = Object.fromEntries(names.map((name, index) => [name, values[index] as Tensor]));
          const [result] = outputs as readonly [Tensor];
          const upper = dResult ?? fill(result.engine, result.shape, 0, { dtype: result.dtype });
          const gradients = run(kept, upper, { ...optionsOf(args, kept), ...(dState ? { dState } : {}) } as Options);
          return named.map(([name, index]) =>
            narrow(gradients[gradientNames[name] as keyof G] as Tensor, (inputs[index] as Tensor).dtype),
          );
        },
      },
    ];
  };
}

/** The options of a call, its last argument unless that is a tensor, over the tensors that were kept. */
function optionsOf(args: readonly unknown[], kept: Readonly<Record<string, Tensor>>): object {
  const last = args.at(-1) as object;
  if (last === undefined || "dtype" in last) return {};
  const left = Object.entries(last).filter(([name]) => !["out", "on", "scope", "validate"].includes(name));
  return Object.fromEntries(left.map(([name, value]) => [name, kept[name] ?? value]));
}
