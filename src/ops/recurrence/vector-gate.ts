/** Core B: linear recurrences that decay with one number per channel of k. */
import { InputError } from "../../backends/contract.js";
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
import { checkFlag } from "./options.js";

/** One of the gates. */
export interface VectorGateOptions extends Omit<GatedOptions, "decay"> {
  /** Log-decays [B, T, HV, K], at most 0; -Infinity is a hard reset of the channel. */
  gate?: Tensor;
  /** Factors [B, T, HV, K] in [-1, 1]; 0 is a hard reset of the channel. */
  signedGate?: Tensor;
  /** o reads the state before the step: o_t = scale S_(t-1)^T q_t. */
  exclusive?: boolean;
  /** u [H, K]: o is exclusive and reads the step's own write through u, as in RWKV-6. */
  bonus?: Tensor;
}

export interface VectorGateBackwardOptions extends Omit<GatedBackwardOptions, "decay"> {}

const description: GatedDescription = {
  name: "vectorGate",
  core: (op, { gate, signedGate, bonus, exclusive }) => {
    if (!gate && !signedGate) throw new InputError(op, "gate", "is missing, and so is signedGate");
    if (bonus && exclusive === false) throw new InputError(op, "exclusive", "is false, but a bonus needs it");
    return {
      perChannel: true,
      exclusive: checkFlag(op, "exclusive", exclusive) || bonus !== undefined,
      chunks: [64, 16, 32],
    };
  },
  backward: () => vectorGateBackward,
  bound:
    "rms error <= 1e-5 of the rms of o, of the state and of every gradient, typically 5e-7: sums over the steps that a state " +
    "remembers, in f32; decays within 16 steps are products of 16 roundings, those of a whole chunk are not",
};

/**
 * S_t = Diag(a_t) S_(t-1) + k_t v_t^T, o_t = scale S_t^T q_t, for every sequence and value head: GLA, HGRN2 (`gate`), RWKV-6
 * (`gate` and `bonus`), and factors of either sign (`signedGate`).
 *
 * q, k [B, T, H, K], v [B, T, HV, V] -> o [B, T, HV, V] and the last states; HV is a multiple of H, value head j reads key head
 * floor(j H / HV). f32, f16 or bf16, the same for all three and o; gates in f32 or that dtype; states and sums are f32. T may be 0.
 * A NaN or infinity reaches the steps of its chunk and those behind, in its own head and sequence only.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { o, state } = vectorGate(q, k, v, { gate, bonus, scale: 1 });
 */
export const vectorGate: GatedOp<VectorGateOptions> = gatedOp(description, gatedOnGpu);

/**
 * One step of `vectorGate` (T = 1) that updates `state` in place; it has no gradient. `out` receives o, which shares no memory
 * with q, k and v.
 */
export const vectorGateStep: GatedStepOp<Omit<VectorGateOptions, "initialState">> = gatedStepOp(
  description,
  gatedOnGpu,
);

/**
 * Gradients of sum(o dO) + sum(state dState) with respect to q, k, v, the gate, the bonus and the initial state; takes what
 * `vectorGate` took. States are made again: nothing but the inputs has to be kept.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 */
export const vectorGateBackward: GatedBackwardOp<VectorGateBackwardOptions> = gatedBackwardOp(
  description,
  gatedBackwardOnGpu,
);
