/** What LightNet is compared with: a multiplicative decay, which only sees the past and so needs a scan each way. */
import { add } from "../../ops/binary.js";
import type { CallOptions } from "../../ops/define-op.js";
import { type VectorGateOptions, vectorGate } from "../../ops/recurrence/vector-gate.js";
import { neg, sigmoid, softplus } from "../../ops/unary.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface TwoScansOptions extends CallOptions, Pick<VectorGateOptions, "layout" | "scale" | "form" | "chunk"> {}

/**
 * The two-scan baseline of Qin et al. 2024: the same logits as gates of a product. With b_t = sigmoid(k_t), per channel,
 *
 *   S_t = (1 - b_t) S_{t-1} + b_t v_t^T
 *
 * once from the first token to the last and once from the last to the first; o_t is q_t times the sum of the state after t of the
 * one and before t of the other, so that a token counts once. q, k [B, T, H, K], v [B, T, H, V] -> o [B, T, H, V].
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 */
export function twoScans(q: Tensor, k: Tensor, v: Tensor, options: TwoScansOptions = {}): Tensor {
  const { out, on, scope, ...shared } = options;
  const inner = on ? { on } : {};
  return q.engine.scope(() => {
    const weight = sigmoid(k, inner);
    // ln(1 - sigmoid(x)) = -softplus(x), which keeps its digits where the decay is near 1.
    const gate = neg(softplus(k, inner), inner);
    const forward = vectorGate(q, weight, v, { ...shared, ...inner, gate });
    const backward = vectorGate(q, weight, v, { ...shared, ...inner, gate, reverse: true, exclusive: true });
    return add(forward.o, backward.o, { ...inner, ...(out && { out }), ...(scope && { scope }) });
  });
}
