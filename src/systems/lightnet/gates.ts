/** The gates of the additive recurrence by themselves: for recurrences of one's own over LightNet's decay. */
import { source as shader } from "../../generated/shaders/lightnet-gates.js";
import { type CallOptions, defineOp, type PreparedCall } from "../../ops/define-op.js";
import { listInputs } from "../../ops/recurrence/inputs.js";
import { placementOf } from "../../ops/support/call-options.js";
import type { Tensor } from "../../tensor/tensor.js";
import { lightnetGatesGradient } from "./gates-gradient.js";
import { checkLogits, type GatesParams, type GatesShape, gatesParams, gatesUnits, gatesWords } from "./gates-params.js";
import { lightnetGroup } from "./group.js";
import { checkNormaliser, type InitialState } from "./state.js";

type InputName = "x" | "max" | "sum" | "z";

export interface GatesCall extends GatesParams {
  readonly at: Readonly<Record<InputName, number>>;
}

/** A normaliser to begin with, as `z` or as `max` and `sum`. */
export type InitialNormaliser = Pick<InitialState, "max" | "sum" | "z">;

export interface GatesOptions extends GatesShape, Omit<CallOptions, "out"> {
  initialState?: InitialNormaliser;
}

export interface GatesResult {
  /** e^(x - z) at every token, between 0 and 1, in the shape of x. */
  readonly k: Tensor;
  /** The log decay, z before the token less z after it, <= 0; 0 where no token came before. In the shape of x. */
  readonly g: Tensor;
  /** z = max + ln sum after the last token, as `initialState` takes it: [N, H, K], or [N, H] for one gate per head. */
  readonly state: { readonly max: Tensor; readonly sum: Tensor };
}

const op = "lightnetGates";

function prepare(x: Tensor, options: GatesOptions = {}): PreparedCall<GatesCall> {
  const { layout: _, reverse: __, cuSeqlens: ___, initialState, ...others } = options;
  const params = gatesParams(op, x, options);
  const { max, sum, z } = initialState ?? {};
  checkNormaliser(op, { max, sum, z });
  for (const [name, tensor] of Object.entries({ max, sum, z })) {
    if (tensor) checkLogits(op, `initialState.${name}`, tensor, params.stateShape);
  }
  const { inputs, names, at } = listInputs<InputName>({ x, max, sum, z });
  const like = { shape: x.shape, dtype: "f32" } as const;
  const state = { shape: params.stateShape, dtype: "f32" } as const;
  return { inputs, names, outputs: [like, like, state, state], params: { ...params, at }, ...placementOf(op, others) };
}

/**
 * The gates of LightNet (Qin et al. 2024, arXiv 2405.21022) for logits x [B, T, H, K], or [B, T, H] for one per head, in f32.
 * With z_t = ln sum over r <= t of e^x_r:
 *
 *   k_t = e^(x_t - z_t),   g_t = z_{t-1} - z_t
 *
 * so that vectorGate(q, k, v, { gate: g }) is lightnet(q, x, v). A logit of -Infinity is a token without weight (k = g = 0); NaN
 * or +Infinity makes the rest of its channel, head and sequence NaN.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 * @example
 * const { k, g } = lightnetGates(x);
 * const { o } = vectorGate(q, k, v, { gate: g });
 */
export const lightnetGates = defineOp({
  name: op,
  prepare,
  work: ({ sequences, heads, d }: GatesCall) => {
    const elements = sequences.reduce((all, { steps }) => all + steps, 0) * heads * d;
    return { operations: 40 * elements, bytes: 12 * elements, rate: "special", launches: sequences.length };
  },
  wasm: {
    group: lightnetGroup,
    run: (w, inputs, outputs, params) => {
      const { at, d } = params;
      const [k, g, m, l] = outputs.map(({ ptr }) => ptr) as [number, number, number, number];
      const address = (name: InputName) => inputs[at[name]]?.ptr ?? 0;
      const [x, m0, l0] = [address("x"), address("max") || address("z"), address("sum")];
      const units = gatesUnits(params);
      const lost = w.scratch(4 * d * units.length);
      w.parallel(
        "f32_gates",
        units.map(({ token, next, rows, state }, index) => [
          ...[x, k, g].map((base) => base + token),
          ...[next, rows, d],
          ...[m0, l0].map((base) => base && base + state),
          ...[m + state, l + state, lost + 4 * d * index],
        ]),
      );
    },
  },
  webgpu: {
    encode: (g, inputs, outputs, params) => {
      const { at, sequences, heads, d } = params;
      const nothing = g.scratch(16);
      const input = (name: InputName) => inputs[at[name]] ?? nothing;
      sequences.forEach((_, n) => {
        g.dispatch({
          label: op,
          shader,
          constants: { HAS_GATE: at.max >= 0 || at.z >= 0, HAS_SUM: at.sum >= 0 },
          params: gatesWords(params, n),
          bindings: [input("x"), at.max >= 0 ? input("max") : input("z"), input("sum"), ...outputs],
          groups: Math.ceil((heads * d) / 64),
        });
      });
    },
  },
  bound: "k within 1e-6 of its value, g within 1e-6 (1 + |g|), for any finite logits",
  gradient: lightnetGatesGradient,
  finish: ([k, g, max, sum]): GatesResult => ({
    k: k as Tensor,
    g: g as Tensor,
    state: { max: max as Tensor, sum: sum as Tensor },
  }),
});
