import type { Tensor } from "../../../tensor/tensor.js";
import { add, div } from "../../binary.js";
import { concat } from "../../concat.js";
import { fill } from "../../fill.js";
import { slice } from "../../slice.js";
import { scalarLike } from "../../support/pullbacks.js";
import type { RecurrenceResult } from "../gated-op.js";
import { type ScalarGateOptions, scalarGate } from "../scalar-gate.js";

export type UngatedOptions = Omit<ScalarGateOptions, "gate" | "decay" | "signedGate" | "out">;

/** Linear attention (Katharopoulos et al., arXiv 2006.16236) without its normaliser: S += k v^T, o = scale S^T q. */
export function linearAttention(q: Tensor, k: Tensor, v: Tensor, options: UngatedOptions = {}): RecurrenceResult {
  return scalarGate(q, k, v, options);
}

/**
 * The same, divided by q . sum k + 1e-10; q and k positive. The normaliser is one more value channel in which every v is 1, so the state
 * is [N, HV, K, V + 1].
 */
export function normalisedLinearAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: UngatedOptions = {},
): RecurrenceResult {
  return q.engine.scope(() => {
    const width = v.shape[3] as number;
    const ones = fill(v.engine, v.shape.with(3, 1), 1, { dtype: v.dtype });
    const { o, state } = scalarGate(q, k, concat([v, ones], 3), options);
    const channels = (from: number, to: number) => slice(o, [null, null, null, [from, to]]);
    const normaliser = add(channels(width, width + 1), scalarLike(o, 1e-10));
    return { o: div(channels(0, width), normaliser), state };
  });
}
