import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul } from "../../binary.js";
import { softplus } from "../../unary.js";
import type { RecurrenceResult } from "../gated-op.js";
import { scalarGate } from "../scalar-gate.js";
import type { UngatedOptions } from "./linear-attention.js";
import { decayOf, type EigenvalueRange } from "./parts.js";

export interface Mamba2Inputs {
  /** [B, T, H, P] */
  readonly x: Tensor;
  /** Logits of the step sizes, [B, T, H]; through softplus here. */
  readonly dt: Tensor;
  /** [H], negative. */
  readonly a: Tensor;
  /** [B, T, G, N], G dividing H. */
  readonly b: Tensor;
  readonly c: Tensor;
  /** [H]; y += d x. */
  readonly d?: Tensor;
  /** [H], added to dt. */
  readonly dtBias?: Tensor;
}

export interface Mamba2Options extends Omit<UngatedOptions, "scale" | "layout">, EigenvalueRange {}

/**
 * Mamba-2's state-space duality (Dao and Gu, arXiv 2405.21060): S = e^(dt a) S + (dt x) b^T, y = S c + d x. States are [N, H, P, N]
 * (layout "vk") unless the options say otherwise.
 */
export function mamba2(
  { x, dt, a, b, c, d, dtBias }: Mamba2Inputs,
  { negativeEigenvalues, ...options }: Mamba2Options = {},
): RecurrenceResult {
  return x.engine.scope(() => {
    const steps = softplus(dtBias ? add(dt, dtBias) : dt);
    const values = mul(x, steps.reshape([...steps.shape, 1]));
    const decay = decayOf(mul(steps, a), negativeEigenvalues);
    const result = scalarGate(c, b, values, { stateLayout: "vk", ...options, ...decay, scale: 1 });
    return d ? { ...result, o: add(result.o, mul(x, d.reshape([d.size, 1]))) } : result;
  });
}
