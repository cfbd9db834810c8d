/** Masks around gated recurrences: neutral inputs in masked steps, nothing for their gradients. */
import type { Tensor } from "../../tensor/tensor.js";
import { sum } from "../reduce.js";
import type {
  GatedBackwardOp,
  GatedBackwardOptions,
  GatedGradients,
  GatedOp,
  GatedOptions,
  RecurrenceResult,
} from "./gated-op.js";
import type { GatedParams } from "./gated-params.js";
import { StepMask } from "./mask.js";

/** The gates with no decay in masked steps; a decay per head becomes a gate per step. */
function maskedGates(mask: StepMask, { decay, gate, signedGate }: Pick<GatedOptions, "decay" | "gate" | "signedGate">) {
  if (decay) return { gate: mask.apply(decay, 0) };
  if (gate) return { gate: mask.apply(gate, 0) };
  return signedGate ? { signedGate: mask.apply(signedGate, 1) } : {};
}

function maskOf(mask: Tensor, params: GatedParams, options: Pick<GatedOptions, "on">): StepMask {
  return new StepMask(params.op, mask, params, options);
}

export function maskedForward(core: GatedOp, q: Tensor, k: Tensor, v: Tensor, options: GatedOptions): RecurrenceResult {
  const { mask, decay: _, out, scope, ...others } = options;
  const { params } = core.spec.prepare(q, k, v, options);
  return q.engine.scope(() => {
    const steps = maskOf(mask as Tensor, params, options);
    const [qm, km, vm] = [q, k, v].map((tensor) => steps.apply(tensor, 0)) as [Tensor, Tensor, Tensor];
    const owned = scope ? { scope } : {};
    const given = { ...others, ...maskedGates(steps, options), ...(out?.state ? { out: { state: out.state } } : {}) };
    const { o, state } = core(qm, km, vm, { ...given, ...owned });
    const result = steps.apply(o, 0, { ...owned, ...(out?.o ? { out: out.o } : {}) });
    o.dispose();
    return { o: result, state };
  });
}

export function maskedBackward(
  core: GatedBackwardOp,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  dO: Tensor,
  options: GatedBackwardOptions,
): GatedGradients {
  const { mask, decay, out, scope, ...others } = options;
  const { params } = core.spec.prepare(q, k, v, dO, options);
  return q.engine.scope(() => {
    const steps = maskOf(mask as Tensor, params, options);
    const [qm, km, vm, dOm] = [q, k, v, dO].map((tensor) => steps.apply(tensor, 0)) as [Tensor, Tensor, Tensor, Tensor];
    const { dDecay, dGate, dSignedGate, ...plain } = out ?? {};
    const owned = scope ? { scope } : {};
    const given = { ...others, ...maskedGates(steps, options), out: plain };
    // Where q, k, v and dO are 0, so are their gradients; a gate of 0 still has one.
    const raw = core(qm, km, vm, dOm, { ...given, ...owned });
    const { dGate: rawGate, dSignedGate: rawSigned, ...rest } = raw;
    const into = (target: Tensor | undefined) => ({ ...owned, ...(target ? { out: target } : {}) });
    const result: GatedGradients = {
      ...rest,
      ...(rawSigned ? { dSignedGate: steps.apply(rawSigned, 0, into(dSignedGate)) } : {}),
      ...(rawGate && !decay ? { dGate: steps.apply(rawGate, 0, into(dGate)) } : {}),
      ...(rawGate && decay
        ? {
            dDecay: sum(steps.apply(rawGate, 0), { axes: params.layout === "bthd" ? [0, 1] : [0, 2], ...into(dDecay) }),
          }
        : {}),
    };
    for (const tensor of [rawGate, rawSigned]) tensor?.dispose();
    return result;
  });
}
