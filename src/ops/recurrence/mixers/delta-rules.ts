/** Mixers that write what is missing: unit queries and keys, strengths from logits. */
import type { Tensor } from "../../../tensor/tensor.js";
import { type DeltaOptions, type DeltaResult, delta } from "../delta.js";
import { type EigenvalueRange, l2norm, strength } from "./parts.js";

export interface DeltaRuleMixerOptions
  extends Omit<DeltaOptions, "gate" | "signedGate" | "householders" | "out">,
    EigenvalueRange {}

function unitDelta(
  [q, k, v, beta]: readonly [Tensor, Tensor, Tensor, Tensor],
  { negativeEigenvalues, ...options }: DeltaOptions & EigenvalueRange,
): DeltaResult {
  return q.engine.scope(() => delta(l2norm(q), l2norm(k), v, strength(beta, negativeEigenvalues), options));
}

/** DeltaNet (Yang et al., arXiv 2406.06484). @param beta logits [B, T, HV] */
export function deltaRule(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  options: DeltaRuleMixerOptions = {},
): DeltaResult {
  return unitDelta([q, k, v, beta], options);
}

/** Gated DeltaNet (Yang et al., arXiv 2412.06464): the state decays first. @param gate log-decays [B, T, HV] */
export function gatedDelta(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  gate: Tensor,
  options: DeltaRuleMixerOptions = {},
): DeltaResult {
  return unitDelta([q, k, v, beta], { ...options, gate });
}

/** Kimi Delta Attention (arXiv 2510.26692): a decay per channel. @param gate log-decays [B, T, HV, K] */
export function kda(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  gate: Tensor,
  options: DeltaRuleMixerOptions = {},
): DeltaResult {
  return unitDelta([q, k, v, beta], { ...options, gate });
}

export interface DeltaProductOptions extends DeltaRuleMixerOptions {
  /** Log-decays [B, T, HV], once per step. */
  gate?: Tensor;
}

/** DeltaProduct (Siems et al., arXiv 2502.10297): k, v and beta have `householders` times as many steps as q. */
export function deltaProduct(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  householders: number,
  options: DeltaProductOptions = {},
): DeltaResult {
  return unitDelta([q, k, v, beta], { ...options, householders });
}
