/** Mixers whose state decays by one number per channel of k. */
import type { Tensor } from "../../../tensor/tensor.js";
import type { RecurrenceResult } from "../gated-op.js";
import { type VectorGateOptions, vectorGate } from "../vector-gate.js";
import { complement, decayOf, type EigenvalueRange } from "./parts.js";

export type GatedMixerOptions = Omit<VectorGateOptions, "gate" | "signedGate" | "bonus" | "exclusive" | "out">;

/** Gated linear attention (Yang et al., arXiv 2312.06635): S = diag(e^(g_t)) S + k v^T with log-decays [B, T, HV, K]. */
export function gla(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  gate: Tensor,
  { negativeEigenvalues, ...options }: GatedMixerOptions & EigenvalueRange = {},
): RecurrenceResult {
  return q.engine.scope(() => vectorGate(q, k, v, { ...options, ...decayOf(gate, negativeEigenvalues) }));
}

/** HGRN2 (Qin et al., arXiv 2404.07904): GLA whose keys are 1 - e^g; as many heads of q as of v. */
export function hgrn2(q: Tensor, v: Tensor, gate: Tensor, options: GatedMixerOptions = {}): RecurrenceResult {
  return q.engine.scope(() => vectorGate(q, complement(gate), v, { ...options, gate }));
}

/** RWKV-6 (Peng et al., arXiv 2404.05892): read before the step, the step's own write through the bonus [H, K]. Scale 1 by default. */
export function rwkv6(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  gate: Tensor,
  bonus: Tensor,
  options: GatedMixerOptions = {},
): RecurrenceResult {
  return vectorGate(q, k, v, { scale: 1, ...options, gate, bonus });
}
