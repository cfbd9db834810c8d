/** LightNet's token mixer: linear attention whose decay is a ratio of running sums. */

import { cast } from "../../ops/cast.js";
import type { Tensor } from "../../tensor/tensor.js";
import { adapt } from "./adapt.js";
import { type AdditiveOptions, type AdditiveResult, additive } from "./additive.js";
import { additiveParams } from "./params.js";

const op = "lightnet";

/**
 * The additive recurrence (Qin et al. 2024, arXiv 2405.21022). With the running normaliser z_t = ln sum over r <= t of e^k_r,
 * per key channel:
 *
 *   S_t = e^(z_{t-1} - z_t) S_{t-1} + e^(k_t - z_t) v_t^T,   o_t = scale q_t S_t
 *
 * With `global` the sum of all tokens stands for the running one, so that every query sees every token in one scan; with
 * `gate`, the logits are those and k is a key besides: the new row is e^(gate_t - z_t) k_t v_t^T.
 *
 * q, k [B, T, H, K], v [B, T, H, V] -> o [B, T, H, V]; f32, f16 or bf16 (computed in f32, o rounded once). The state, f32, is
 * that after the last token; given back as `initialState` it goes on from there, in whatever pieces the tokens come. A logit of
 * -Infinity is a token without weight; o is 0 before the first with one. NaN or +Infinity makes the rest of its channel, head
 * and sequence NaN.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 * @example
 * const first = lightnet(q, k, v);
 * const more = lightnet(q2, k2, v2, { initialState: first.state });
 */
export function lightnet(q: Tensor, k: Tensor, v: Tensor, options: AdditiveOptions = {}): AdditiveResult {
  const params = additiveParams(op, { q, k, v }, options);
  const { out, scope, ...others } = options;
  const isNarrow = q.dtype !== "f32";
  if (!isNarrow && !options.mask && options.seed !== "one" && options.gate?.rank !== 3)
    return additive(q, k, v, options);
  const ends = { ...(options.on && { on: options.on }), ...(scope && { scope }) };
  return q.engine.scope(() => {
    const adapted = adapt(op, { q, k, v }, others, params);
    // The last call of each result makes it in the caller's scope.
    const isLast = !isNarrow && !options.mask;
    const { o, state } = additive(adapted.q, adapted.k, adapted.v, {
      ...adapted.options,
      ...(scope && isLast ? { scope } : {}),
      ...{ out: { ...(out?.o && isLast ? { o: out.o } : {}), ...(out?.state ? { state: out.state } : {}) } },
    });
    if (isLast) return { o, state };
    const finished = { ...ends, ...(out?.o ? { out: out.o } : {}) };
    if (!isNarrow) return { o: adapted.masked(o, finished), state };
    return { o: cast(adapted.masked(o), q.dtype, finished), state };
  });
}
