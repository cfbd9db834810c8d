/** The gradients of LightNet's token mixer. */
import { ShapeError } from "../../backends/contract.js";
import { cast } from "../../ops/cast.js";
import { outputShape } from "../../ops/recurrence/params.js";
import { sum } from "../../ops/reduce.js";
import { sameShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { adapt } from "./adapt.js";
import { type AdditiveBackwardOptions, type AdditiveGradients, additiveBackward } from "./additive-backward.js";
import { additiveParams } from "./params.js";

const op = "lightnetBackward";

/**
 * Gradients of sum(o dO) + sum(S dState.s) + sum(z dState.z) for { o, state } = lightnet(q, k, v, options), with
 * z = max + ln sum of the state: dq, dk, dv and dGate in the shapes of q, k, v and the gate, dInitialState as the state. All f32.
 * Nothing of the forward pass is needed but its inputs; the state is recomputed, never kept per chunk. A padded token gets 0.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 */
export function lightnetBackward(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  dO: Tensor,
  options: AdditiveBackwardOptions = {},
): AdditiveGradients {
  const params = additiveParams(op, { q, k, v }, options);
  assertTensor(op, "dO", dO);
  const expected = outputShape(params);
  if (!sameShape(dO.shape, expected)) throw new ShapeError(op, "dO", { expected, actual: dO.shape });
  const { dState, scope, ...others } = options;
  const perHead = options.gate?.rank === 3;
  const placed = { ...(options.on && { on: options.on }), ...(scope && { scope }) };
  return q.engine.scope(() => {
    const adapted = adapt(op, { q, k, v }, others, params);
    const wide = dO.dtype === "f32" ? dO : cast(dO, "f32", options.on ? { on: options.on } : {});
    const gradients = additiveBackward(adapted.q, adapted.k, adapted.v, adapted.masked(wide), {
      ...adapted.options,
      ...(dState && { dState }),
      ...(scope && { scope }),
    });
    if (!perHead) return gradients;
    const { dGate } = gradients as Required<AdditiveGradients>;
    return { ...gradients, dGate: sum(dGate, { axes: -1, ...placed }) };
  });
}
