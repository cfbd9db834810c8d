/** Padding around the delta rule: a masked step neither decays nor writes, whatever its inputs hold. */
import type { Tensor } from "../../tensor/tensor.js";
import type { DeltaRuleOptions } from "./delta-params.js";
import type { StepMask } from "./mask.js";

interface Rows {
  readonly k: Tensor;
  readonly v: Tensor;
  readonly beta: Tensor;
}

/** Neutral where the mask is 0, for a tensor that has `householders` rows per step. */
export function maskRows(mask: StepMask, tensor: Tensor, { householders: n = 1, layout }: DeltaRuleOptions): Tensor {
  if (n === 1) return mask.apply(tensor, 0);
  const [batch, second, third, ...channels] = tensor.shape as [number, number, number, ...number[]];
  // The rows of a step lie side by side, so they can pass for heads, or for channels where heads come first.
  const byStep =
    layout === "bhtd"
      ? [batch, second, third / n, n * (channels[0] ?? 1)]
      : [batch, second / n, n * third, ...channels];
  return mask.apply(tensor.reshape(byStep), 0).reshape(tensor.shape);
}

/** k, v, beta and the gates as masked steps must have them. */
export function maskDelta(
  mask: StepMask,
  rows: Rows,
  options: DeltaRuleOptions,
): Rows & { readonly gates: DeltaRuleOptions } {
  const { gate, signedGate } = options;
  return {
    k: maskRows(mask, rows.k, options),
    v: maskRows(mask, rows.v, options),
    beta: maskRows(mask, rows.beta, options),
    gates: {
      ...(gate && { gate: mask.apply(gate, 0) }),
      ...(signedGate && { signedGate: mask.apply(signedGate, 1) }),
    },
  };
}
