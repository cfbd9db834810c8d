/** Gradients of the gates by themselves. */
import { source as shader } from "../../generated/shaders/lightnet-gates-back.js";
import { type CallOptions, defineOp, type PreparedCall } from "../../ops/define-op.js";
import { placementOf } from "../../ops/support/call-options.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type GatesOptions, lightnetGates } from "./gates.js";
import { checkLogits, type GatesParams, type GatesShape, gatesParams, gatesUnits, gatesWords } from "./gates-params.js";
import { lightnetGroup } from "./group.js";

export interface GatesBackwardOptions extends GatesOptions {
  /** Gradient of z = max + ln sum after the last token, in its shape. */
  dZ?: Tensor;
}

export interface GatesGradients {
  /** In the shape of x. */
  readonly dx: Tensor;
  /** Of z before the first token, were it given or not; 0 in a channel that was empty. */
  readonly dInitialZ: Tensor;
}

const op = "lightnetGatesBackward";

interface BackOptions extends GatesShape, CallOptions {
  dZ?: Tensor | undefined;
}

/** From the gates that the forward call made; x itself is not needed. */
export const gatesBack = defineOp({
  name: op,
  prepare: (k: Tensor, g: Tensor, dK: Tensor, dG: Tensor, options: BackOptions): PreparedCall<GatesParams> => {
    const { layout: _, reverse: __, cuSeqlens: ___, dZ, ...others } = options;
    const params = gatesParams(op, k, options);
    for (const [name, tensor] of Object.entries({ g, dK, dG })) checkLogits(op, name, tensor, k.shape);
    if (dZ) checkLogits(op, "dZ", dZ, params.stateShape);
    return {
      inputs: [k, g, dK, dG, ...(dZ ? [dZ] : [])],
      names: ["k", "g", "dK", "dG", ...(dZ ? ["dZ"] : [])],
      outputs: [
        { shape: k.shape, dtype: "f32" },
        { shape: params.stateShape, dtype: "f32" },
      ],
      params,
      ...placementOf(op, others),
    };
  },
  work: ({ sequences, heads, d }: GatesParams) => {
    const elements = sequences.reduce((all, { steps }) => all + steps, 0) * heads * d;
    return { operations: 20 * elements, bytes: 20 * elements, rate: "special", launches: sequences.length };
  },
  wasm: {
    group: lightnetGroup,
    run: (w, inputs, [dx, dz0], params) => {
      const [k, g, dK, dG, dZ] = inputs.map(({ ptr }) => ptr) as [number, number, number, number, number?];
      const start = w.bytes(dz0!.ptr, 4 * dz0!.size);
      if (dZ === undefined) start.fill(0);
      else start.set(w.bytes(dZ, 4 * dz0!.size));
      w.parallel(
        "f32_gates_backward",
        gatesUnits(params).map(({ token, next, rows, state }) => [
          ...[k, g, dK, dG, dx!.ptr].map((base) => base + token),
          ...[next, rows, params.d, dz0!.ptr + state],
        ]),
      );
    },
  },
  webgpu: {
    encode: (gpu, inputs, outputs, params) => {
      const [dZ] = inputs.slice(4);
      const nothing = gpu.scratch(16);
      params.sequences.forEach((_, n) => {
        gpu.dispatch({
          label: op,
          shader,
          constants: { HAS_END: dZ !== undefined },
          params: gatesWords(params, n),
          bindings: [...inputs.slice(0, 4), dZ ?? nothing, ...outputs],
          groups: Math.ceil((params.heads * params.d) / 64),
        });
      });
    },
  },
  bound: "rms error <= 1e-5 of the rms of each gradient: sums over a sequence in order",
  finish: ([dx, dInitialZ]): GatesGradients => ({ dx: dx as Tensor, dInitialZ: dInitialZ as Tensor }),
});

/**
 * Gradients of sum(k dK) + sum(g dG) + sum(z dZ) for { k, g, state } = lightnetGates(x, options), with z = max + ln sum of the
 * state; dK and dG in the shape of x. f32.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 */
export function lightnetGatesBackward(
  x: Tensor,
  dK: Tensor,
  dG: Tensor,
  { dZ, initialState, scope, ...shape }: GatesBackwardOptions = {},
): GatesGradients {
  gatesParams(op, x, shape);
  for (const [name, tensor] of Object.entries({ dK, dG })) checkLogits(op, name, tensor, x.shape);
  return x.engine.scope(() => {
    const { k, g } = lightnetGates(x, { ...shape, ...(initialState && { initialState }) });
    return gatesBack(k, g, dK, dG, { ...shape, dZ, ...(scope && { scope }) });
  });
}
