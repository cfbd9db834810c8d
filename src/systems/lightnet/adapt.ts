/**
 * From what callers have to what the core takes, and back: f16 and bf16 are widened, a gate per head is repeated over its
 * channels, a seed becomes an initial state, padded tokens get a logit of -inf and no value.
 */
import type { CallOptions } from "../../engine/operation.js";
import { broadcastTo } from "../../ops/broadcast-to.js";
import { cast } from "../../ops/cast.js";
import { fill } from "../../ops/fill.js";
import { StepMask } from "../../ops/recurrence/mask.js";
import { gateShape } from "../../ops/recurrence/params.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { AdditiveParams, LightNetOptions } from "./params.js";

export interface Adapted {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly options: Omit<LightNetOptions, "mask" | "seed" | "scope">;
  /** Zero where tokens are padded: for o and dO. */
  readonly masked: (x: Tensor, options?: CallOptions) => Tensor;
}

/** For use inside a scope: the tensors it makes are temporary. */
export function adapt(
  op: string,
  operands: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
  { mask, seed, scope: _, ...options }: LightNetOptions,
  params: AdditiveParams,
): Adapted {
  const on = options.on ? { on: options.on } : {};
  const wide = (x: Tensor) => (x.dtype === "f32" ? x : cast(x, "f32", on));
  let [q, k, v] = [operands.q, operands.k, operands.v].map(wide) as [Tensor, Tensor, Tensor];
  let gate = options.gate && wide(options.gate);
  const masked = mask ? stepMask(op, mask, params, on) : undefined;
  if (masked) {
    if (gate) gate = masked(gate, -Infinity);
    else k = masked(k, -Infinity);
    v = masked(v, 0);
  }
  if (gate?.rank === 3) {
    const perChannel = gate.reshape([...gate.shape, 1]);
    gate = broadcastTo(perChannel, gateShape(params, params.k), on);
  }
  const start =
    seed === "one" && !options.initialState
      ? { initialState: { z: fill(q.engine, [params.sequences.length, params.heads, params.k], 0, on) } }
      : {};
  return {
    ...{ q, k, v },
    options: { ...options, ...start, ...(gate ? { gate } : {}) },
    masked: (x, more = {}) => (masked ? masked(x, 0, more) : x),
  };
}

function stepMask(op: string, mask: Tensor, params: AdditiveParams, on: Pick<CallOptions, "on">) {
  const steps = new StepMask(op, mask, params, on);
  return (x: Tensor, neutral: number, options: CallOptions = {}) => steps.apply(x, neutral, options);
}
