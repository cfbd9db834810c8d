/**
 * Lightning Attention-2 (Qin and others, arXiv 2401.04658, 2024): causal linear attention whose memory of the past is one
 * matrix per head that decays at a fixed rate. Time per token and memory do not depend on how long the sequence is.
 *
 * It is core A of the recurrences with a constant decay. Where the paper's text and its algorithm disagree, the algorithm is
 * right: equation 9 has the decays of queries start at lambda^0, Algorithm 1 at lambda^1, and only the latter fits the update
 * of the state; the exponents tB + r - s of equations 16 and 18 are s - (t - 1)B - r. A last block of L < B tokens decays the
 * state by lambda^L.
 */
import { InputError, ShapeError } from "../../backends/contract.js";
import type { GatedGradients, RecurrenceResult } from "../../ops/recurrence/gated-op.js";
import {
  type ScalarGateBackwardOptions,
  type ScalarGateOptions,
  scalarGate,
  scalarGateBackward,
  scalarGateStep,
} from "../../ops/recurrence/scalar-gate.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";

interface Slopes {
  /** One per value head, at least 0: `slopes(heads)`. The decay of a head is e^-slope per step; without slopes nothing decays. */
  slopes?: ArrayLike<number>;
}

export interface LightningOptions extends Omit<ScalarGateOptions, "decay" | "gate" | "signedGate">, Slopes {}
export interface LightningBackwardOptions
  extends Omit<ScalarGateBackwardOptions, "decay" | "gate" | "signedGate">,
    Slopes {}
export type LightningStepOptions = Omit<LightningOptions, "initialState">;

const op = "lightningAttention";

/** Runs a call with the log-decays of its slopes, [HV] on the engine of q. */
function withDecay<O extends Slopes & Pick<ScalarGateOptions, "layout">, R>(
  q: Tensor,
  v: Tensor,
  options: O,
  call: (core: Omit<O, "slopes"> & { scale?: number; decay?: Tensor }) => R,
): R {
  const { slopes, ...others } = options;
  if (slopes === undefined) return call({ scale: 1, ...others });
  assertTensor(op, "q", q);
  assertTensor(op, "v", v);
  const heads = v.shape[options.layout === "bhtd" ? 1 : 2];
  if (slopes.length !== heads)
    throw new ShapeError(op, "slopes", { expected: [heads ?? "HV"], actual: [slopes.length] });
  const bad = Array.from(slopes).findIndex((slope) => !(slope >= 0 && slope < Number.POSITIVE_INFINITY));
  if (bad >= 0) throw new InputError(op, `slopes[${bad}]`, `is ${slopes[bad]}; expected a finite number of at least 0`);
  const decay = q.engine.tensor(Float32Array.from(slopes, (slope) => -slope));
  try {
    return call({ scale: 1, ...others, decay });
  } finally {
    decay.dispose();
  }
}

/**
 * q, k [B, T, H, K], v [B, T, HV, V] to o [B, T, HV, V] and the states [B, HV, K, V] (f32), by o_t = scale q_t S_t with
 * S_t = e^-slope S_(t-1) + k_t^T v_t. `scale` is 1, as in the paper; pass K^-1/2 where a model was trained with it. There is no
 * softmax and no denominator: a norm of the output follows (`lightningLayer`).
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { o, state } = lightningAttention(q, k, v, { slopes: slopes(8) });
 * const next = lightningAttention(q2, k2, v2, { slopes: slopes(8), initialState: state });
 */
export function lightningAttention(q: Tensor, k: Tensor, v: Tensor, options: LightningOptions = {}): RecurrenceResult {
  return withDecay(q, v, options, (core) => scalarGate(q, k, v, core));
}

/** One token (T = 1): updates `state` in place, and costs the same whatever came before. It has no gradient. */
export function lightningAttentionStep(
  state: Tensor,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: LightningStepOptions = {},
): RecurrenceResult {
  return withDecay(q, v, options, (core) => scalarGateStep(state, q, k, v, core));
}

/** The gradients of sum(o dO) + sum(state dState) with respect to q, k, v, the initial state and, summed over time, the log-decays. */
export function lightningAttentionBackward(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  dO: Tensor,
  options: LightningBackwardOptions = {},
): GatedGradients {
  return withDecay(q, v, options, (core) => scalarGateBackward(q, k, v, dO, core));
}
