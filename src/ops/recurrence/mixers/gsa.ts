import type { Tensor } from "../../../tensor/tensor.js";
import { softmax } from "../../softmax.js";
import { times } from "../../support/pullbacks.js";
import { transpose } from "../../transpose.js";
import type { RecurrenceOptions } from "../options.js";
import { scalarGate } from "../scalar-gate.js";
import { vectorGate } from "../vector-gate.js";
import { complement, logSigmoid } from "./parts.js";

export interface GsaOptions extends Omit<RecurrenceOptions, "layout" | "stateLayout" | "initialState" | "out"> {
  /** States of the two passes: keys [N, H, K, M] and values [N, H, M, V]; zeros by default. */
  initialState?: { readonly keys?: Tensor; readonly values?: Tensor };
}

export interface GsaResult {
  readonly o: Tensor;
  readonly keys: Tensor;
  /** The state of the second pass. */
  readonly state: Tensor;
}

/**
 * Gated slot attention (Zhang et al., arXiv 2409.07146): two passes over M slots with f = ln sigmoid(slots) / 8, s = 1 - e^f,
 *
 *   hk = hk diag(e^f) + k s^T,  p = softmax(scale q^T hk),  hv = diag(e^f) hv + s v^T,  o = p^T hv
 *
 * q, k [B, T, H, K], v [B, T, H, V], slots: logits [B, T, H, M]. In the first pass every slot is a value head of one channel with its
 * own decay; in the second, slots are key channels.
 */
export function gsa(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  slots: Tensor,
  { initialState = {}, ...options }: GsaOptions = {},
): GsaResult {
  return q.engine.scope(() => {
    const [batch, steps, heads, count] = slots.shape as unknown as [number, number, number, number];
    const gate = times(logSigmoid(slots), 1 / 8);
    const write = complement(gate);
    const perSlot = [batch, steps, heads * count];
    const before = initialState.keys && transpose(initialState.keys, { axes: [0, 1, 3, 2] });
    const first = scalarGate(q, k, write.reshape([...perSlot, 1]), {
      ...options,
      gate: gate.reshape(perSlot),
      ...(before ? { initialState: before.reshape([before.shape[0] as number, heads * count, -1, 1]) } : {}),
    });
    const weights = softmax(first.o.reshape(slots.shape), { axis: -1 });
    const second = vectorGate(weights, write, v, {
      ...options,
      scale: 1,
      gate,
      ...(initialState.values ? { initialState: initialState.values } : {}),
    });
    const bySlot = first.state.reshape([first.state.shape[0] as number, heads, count, -1]);
    return { ...second, keys: transpose(bySlot, { axes: [0, 1, 3, 2] }) };
  });
}
