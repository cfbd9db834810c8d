/** Core A: linear recurrences that decay with one number per head, or per head and step. */
import type { Tensor } from "../../tensor/tensor.js";
import {
  type GatedBackwardOp,
  type GatedBackwardOptions,
  type GatedDescription,
  type GatedOp,
  type GatedOptions,
  type GatedStepOp,
  gatedBackwardOp,
  gatedOp,
  gatedStepOp,
} from "./gated-op.js";
import { gatedBackwardOnGpu, gatedOnGpu } from "./gated-webgpu.js";

/** At most one of the gates. */
export interface ScalarGateOptions extends Omit<GatedOptions, "bonus" | "exclusive"> {
  /** One log-decay per value head, [HV]: S decays by e^decay each step. */
  decay?: Tensor;
  /** Log-decays [B, T, HV], at most 0; -Infinity is a hard reset. */
  gate?: Tensor;
  /** Factors [B, T, HV] in [-1, 1]; 0 is a hard reset. */
  signedGate?: Tensor;
}

export interface ScalarGateBackwardOptions extends Omit<GatedBackwardOptions, "bonus" | "exclusive"> {}

const description: GatedDescription = {
  name: "scalarGate",
  core: () => ({ perChannel: false, chunks: [64, 16, 32, 128, 256] }),
  backward: () => scalarGateBackward,
  bound:
    "rms error <= 1e-5 of the rms of o, of the state and of every gradient, typically 5e-7: sums over the steps that a state " +
    "remembers, in f32; in chunks the state carries what its roundings lose, so that length adds nothing",
};

/**
 * S_t = a_t S_(t-1) + k_t v_t^T, o_t = scale S_t^T q_t, for every sequence and value head: linear attention (no gate), RetNet and
 * Lightning Attention (`decay`), simple GLA and Mamba-2 (`gate`), and factors of either sign (`signedGate`).
 *
 * q, k [B, T, H, K], v [B, T, HV, V] -> o [B, T, HV, V] and the last states; HV is a multiple of H, value head j reads key head
 * floor(j H / HV). f32, f16 or bf16, the same for all three and o; gates in f32 or that dtype; states and sums are f32. T may be 0.
 * A NaN or infinity reaches the steps of its chunk and those behind, in its own head and sequence only.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { o, state } = scalarGate(q, k, v, { decay, initialState });
 */
export const scalarGate: GatedOp<ScalarGateOptions> = gatedOp(description, gatedOnGpu);

/**
 * One step of `scalarGate` (T = 1) that updates `state` in place; it has no gradient. `out` receives o, which shares no memory
 * with q, k and v.
 */
export const scalarGateStep: GatedStepOp<Omit<ScalarGateOptions, "initialState">> = gatedStepOp(
  description,
  gatedOnGpu,
);

/**
 * Gradients of sum(o dO) + sum(state dState) with respect to q, k, v, the gate and the initial state; takes what `scalarGate` took.
 * States are made again: nothing but the inputs has to be kept. dGate is that of the log-decay, also where it is -Infinity (0).
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 */
export const scalarGateBackward: GatedBackwardOp<ScalarGateBackwardOptions> = gatedBackwardOp(
  description,
  gatedBackwardOnGpu,
);
