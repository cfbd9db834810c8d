/** Decoding: one token for a state that changes in place. */
import { ShapeError } from "../../backends/contract.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { lightnet } from "./lightnet.js";
import type { LightNetOptions } from "./params.js";
import type { LightNetState } from "./state.js";

export interface LightNetStepOptions
  extends Omit<
    LightNetOptions,
    "initialState" | "seed" | "global" | "cuSeqlens" | "mask" | "form" | "chunk" | "reverse"
  > {
  out?: Tensor;
}

/**
 * lightnet over one token per batch entry, from `state` and into it: q, k [B, 1, H, K], v [B, 1, H, V] -> o [B, 1, H, V]. The
 * tensors of the state stay the same; no gradient.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError naming the argument
 */
export function lightnetStep(
  state: LightNetState,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: LightNetStepOptions = {},
): Tensor {
  const op = "lightnetStep";
  assertTensor(op, "q", q);
  const axis = options.layout === "bhtd" ? 2 : 1;
  if (q.rank === 4 && q.shape[axis] !== 1) {
    const expected = q.shape.map((extent, i) => (i === axis ? 1 : extent));
    throw new ShapeError(op, "q", { expected, actual: q.shape });
  }
  const { out, ...others } = options;
  return lightnet(q, k, v, { ...others, initialState: state, out: { ...(out && { o: out }), state } }).o;
}
