import type { Tensor } from "../../../tensor/tensor.js";
import { mul } from "../../binary.js";
import { times } from "../../support/pullbacks.js";
import { neg, sigmoid } from "../../unary.js";
import { type LowRankOptions, type LowRankResult, lowRank } from "../low-rank.js";
import { l2norm } from "./parts.js";

export interface Rwkv7Inputs {
  /** Logits of the decays, [B, T, HV, K]. */
  readonly w: Tensor;
  /** Keys to be removed, [B, T, H, K]; normalised here. */
  readonly kk: Tensor;
  /** Logits of how much of them is removed, [B, T, H, K]. */
  readonly eta: Tensor;
}

/**
 * RWKV-7's time mixing (Peng et al., arXiv 2503.14456): S = (diag(e^g) - kk (kk eta)^T) S + k v^T with g = -e^(-1/2) sigmoid(w), kk of
 * unit length, eta through a sigmoid. Scale 1 by default.
 */
export function rwkv7(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { w, kk, eta }: Rwkv7Inputs,
  options: Omit<LowRankOptions, "gate"> = {},
): LowRankResult {
  return q.engine.scope(() => {
    const removed = l2norm(kk);
    const gate = times(sigmoid(w), -Math.exp(-0.5));
    return lowRank(q, k, v, neg(removed), mul(removed, sigmoid(eta)), { scale: 1, ...options, gate });
  });
}
