/** Which gradients a backward call of a gated recurrence has, in which order. */
import type { OutputSpec } from "../define-op.js";
import type { GatedParams, GatedTensors } from "./gated-params.js";
import { stateShape } from "./state.js";

export type GatedGradient = "dq" | "dk" | "dv" | "dDecay" | "dGate" | "dSignedGate" | "dBonus" | "dInitialState";

export interface GatedBackwardParams extends GatedParams {
  /** Names of the outputs. */
  readonly gradients: readonly GatedGradient[];
}

/** Every gradient lies as what it is the gradient of, in its dtype; that of the initial state is there without one too. */
export function gradientsOf(
  params: GatedParams,
  { q, k, v, decay, gate, signedGate, bonus }: GatedTensors,
): { names: GatedGradient[]; outputs: OutputSpec[] } {
  const state: OutputSpec = { shape: stateShape(params), dtype: "f32" };
  const like: Record<GatedGradient, OutputSpec | undefined> = {
    ...{ dq: q, dk: k, dv: v, dDecay: decay, dGate: gate, dSignedGate: signedGate, dBonus: bonus },
    dInitialState: state,
  };
  const present = Object.entries(like).filter((entry): entry is [GatedGradient, OutputSpec] => entry[1] !== undefined);
  return {
    names: present.map(([name]) => name),
    outputs: present.map(([, { shape, dtype }]) => ({ shape, dtype })),
  };
}
