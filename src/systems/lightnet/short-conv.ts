/** The short causal convolutions that may stand between a layer's projections and its recurrence. */
import { InputError, ShapeError, UnsupportedError } from "../../backends/contract.js";
import type { CallOptions } from "../../ops/define-op.js";
import { causalConv } from "../../ops/recurrence/causal-conv.js";
import { transpose } from "../../ops/transpose.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";

/** Taps per channel, the last one for the token itself; each of the three may be absent. */
export interface ShortConvWeights {
  /** [H K, W] */
  readonly q?: Tensor;
  readonly k?: Tensor;
  /** [H V, W] */
  readonly v?: Tensor;
}

/** The W - 1 projected tokens before the next one, [B, H K, W - 1] and [B, H V, W - 1]. */
export interface ShortConvState {
  readonly q?: Tensor;
  readonly k?: Tensor;
  readonly v?: Tensor;
}

export type ConvName = keyof ShortConvWeights;

const names: readonly ConvName[] = ["q", "k", "v"];

/**
 * @param widths channels of q, k and v
 * @throws InputError, ShapeError, UnsupportedError naming the argument
 */
export function checkShortConv(
  op: string,
  conv: ShortConvWeights | undefined,
  state: ShortConvState | undefined,
  widths: Readonly<Record<ConvName, number>>,
  { mask, cuSeqlens }: { readonly mask?: unknown; readonly cuSeqlens?: unknown },
): void {
  for (const name of names) {
    const weight = conv?.[name];
    if (weight !== undefined) {
      assertTensor(op, `conv.${name}`, weight);
      if (weight.rank === 2 && weight.shape[0] === widths[name] && (weight.shape[1] as number) > 0) continue;
      throw new ShapeError(op, `conv.${name}`, { expected: [widths[name], "W"], actual: weight.shape });
    }
    if (state?.[name] !== undefined) throw new InputError(op, "convState", `has ${name} for no convolution`);
  }
  if (conv && (mask !== undefined || cuSeqlens !== undefined)) {
    const what = mask !== undefined ? "mask" : "cuSeqlens";
    throw new UnsupportedError(op, `a short convolution reaches over what ${what} keeps apart`);
  }
}

/** x [B, T, C] convolved along T. The state is made in the scope of `options`, y in the present one. */
export function shortConv(
  x: Tensor,
  weight: Tensor,
  { initialState, silu, on, scope }: { initialState?: Tensor | undefined; silu: boolean } & Omit<CallOptions, "out">,
): { readonly y: Tensor; readonly state: Tensor } {
  const inner = on ? { on } : {};
  const turned = transpose(x, { axes: [0, 2, 1], ...inner });
  const { y, state } = causalConv(turned, weight, {
    ...(initialState && { initialState }),
    ...(silu && { activation: "silu" }),
    ...{ ...inner, ...(scope && { scope }) },
  });
  const back = transpose(y, { axes: [0, 2, 1], ...inner });
  if (scope) y.dispose();
  return { y: back, state };
}
