/** Mixers whose state decays by one number per head: fixed ones, or one per step. */
import { InputError } from "../../../backends/contract.js";
import type { Tensor } from "../../../tensor/tensor.js";
import type { RecurrenceResult } from "../gated-op.js";
import { scalarGate } from "../scalar-gate.js";
import type { UngatedOptions } from "./linear-attention.js";
import { decayOf, type EigenvalueRange } from "./parts.js";

/** One log-decay per value head of v [B, T, HV, V] or [B, HV, T, V]. */
function decays(v: Tensor, { layout }: UngatedOptions, of: (head: number, heads: number) => number): Tensor {
  const heads = v.shape[layout === "bhtd" ? 1 : 2] ?? 0;
  return v.engine.tensor(
    Float32Array.from({ length: heads }, (_, head) => of(head, heads)),
    { shape: [heads] },
  );
}

/** RetNet's retention (Sun et al., arXiv 2307.08621): S = (1 - 2^(-5 - head)) S + k v^T. */
export function retention(q: Tensor, k: Tensor, v: Tensor, options: UngatedOptions = {}): RecurrenceResult {
  return q.engine.scope(() => {
    const decay = decays(v, options, (head) => Math.log1p(-(2 ** (-5 - head))));
    return scalarGate(q, k, v, { ...options, decay });
  });
}

export interface LightningOptions extends UngatedOptions {
  /** Of `layers`, from 0: deeper layers forget more slowly. */
  layer?: number;
  layers?: number;
}

/**
 * Lightning Attention's recurrence with linear slopes: log-decay -(8 / HV) (1 - layer / layers) head. The system
 * wavefold/lightning-attention has the paper's other schedules.
 */
export function lightning(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { layer = 0, layers = 1, ...options }: LightningOptions = {},
): RecurrenceResult {
  if (!(Number.isInteger(layer) && layer >= 0 && layer < layers)) {
    throw new InputError("lightning", "layer", `is ${String(layer)}; expected an integer of 0 to ${layers - 1}`);
  }
  return q.engine.scope(() => {
    const decay = decays(v, options, (head, heads) => -(8 / heads) * (1 - layer / layers) * head);
    return scalarGate(q, k, v, { ...options, decay });
  });
}

/** Simple GLA: S = e^(g_t) S + k v^T with log-decays [B, T, HV]. */
export function simpleGla(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  gate: Tensor,
  { negativeEigenvalues, ...options }: UngatedOptions & EigenvalueRange = {},
): RecurrenceResult {
  return q.engine.scope(() => scalarGate(q, k, v, { ...options, ...decayOf(gate, negativeEigenvalues) }));
}
