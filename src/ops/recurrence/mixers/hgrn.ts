import { ShapeError } from "../../../backends/contract.js";
import { assertTensor, type Tensor } from "../../../tensor/tensor.js";
import { fill } from "../../fill.js";
import type { RecurrenceResult } from "../gated-op.js";
import { checkShapeOf } from "../params.js";
import { scalarGate } from "../scalar-gate.js";
import type { UngatedOptions } from "./linear-attention.js";
import { decayOf, type EigenvalueRange } from "./parts.js";

export interface HgrnOptions
  extends Omit<UngatedOptions, "scale" | "layout" | "stateLayout" | "initialState">,
    EigenvalueRange {
  /** [N, D]; zeros by default. */
  initialState?: Tensor;
}

const op = "hgrn";

/**
 * HGRN (Qin et al., arXiv 2311.04823): h_t = e^(g_t) h_(t-1) + x_t, element by element; x and the log-decays [B, T, D]. Gives o = h of
 * every step and the last h of every sequence, [N, D]. Every channel is a value head of its own with one key channel, which is 1.
 */
export function hgrn(
  x: Tensor,
  gate: Tensor,
  { negativeEigenvalues, initialState, ...options }: HgrnOptions = {},
): RecurrenceResult {
  assertTensor(op, "x", x);
  if (x.rank !== 3) throw new ShapeError(op, "x", { expected: ["B", "T", "D"], actual: x.shape });
  assertTensor(op, "gate", gate);
  checkShapeOf(op, "gate", gate, x.shape);
  const [batch, steps, channels] = x.shape as unknown as [number, number, number];
  if (initialState) {
    assertTensor(op, "initialState", initialState);
    const sequences = options.cuSeqlens ? options.cuSeqlens.length - 1 : batch;
    checkShapeOf(op, "initialState", initialState, [sequences, channels]);
  }
  return x.engine.scope(() => {
    const one = fill(x.engine, [batch, steps, 1, 1], 1, { dtype: x.dtype });
    const { o, state } = scalarGate(one, one, x.reshape([...x.shape, 1]), {
      ...options,
      ...decayOf(gate, negativeEigenvalues),
      ...(initialState ? { initialState: initialState.reshape([...initialState.shape, 1, 1]) } : {}),
      scale: 1,
    });
    return { o: o.reshape(x.shape), state: state.reshape(state.shape.slice(0, 2)) };
  });
}
