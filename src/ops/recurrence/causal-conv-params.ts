/** The arguments of the causal convolution, checked; forward, backward and both backends read what comes of them. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { DType } from "../../tensor/dtype.js";
import type { Shape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { checkDType, singleDTypes } from "../support/formats.js";
import { type InputList, listInputs } from "./inputs.js";
import { checkOneOf, type RecurrenceOptions } from "./options.js";
import { checkShapeOf } from "./params.js";

export type ConvActivation = "none" | "silu";

export interface CausalConvOptions extends Pick<RecurrenceOptions, "on" | "scope"> {
  /** [C] */
  bias?: Tensor;
  /** The width - 1 elements before the first, [B, C, width - 1]; zeros by default. */
  initialState?: Tensor;
  /** "none" by default. */
  activation?: ConvActivation;
}

export type CausalConvInput = "x" | "weight" | "bias" | "initialState" | "dY" | "dState";

export interface CausalConvParams {
  readonly at: InputList<CausalConvInput>["at"];
  readonly names: InputList<CausalConvInput>["names"];
  /** Of x and y. */
  readonly dtype: DType;
  readonly batch: number;
  readonly channels: number;
  readonly steps: number;
  readonly width: number;
  readonly silu: boolean;
}

/** @throws InputError, ShapeError, DTypeError, DisposedError naming the argument */
export function causalConvParams(
  op: string,
  { x, weight }: { readonly x: Tensor; readonly weight: Tensor },
  { bias, initialState, activation }: CausalConvOptions,
  { dY, dState }: { readonly dY?: Tensor; readonly dState?: Tensor | undefined } = {},
): { readonly inputs: readonly Tensor[]; readonly params: CausalConvParams } {
  assertTensor(op, "x", x);
  checkDType(op, "x", x.dtype, singleDTypes);
  if (x.rank !== 3) throw new ShapeError(op, "x", { expected: ["B", "C", "L"], actual: x.shape });
  const [batch, channels, steps] = x.shape as unknown as [number, number, number];
  assertTensor(op, "weight", weight);
  const width = weight.shape.at(-1) ?? 0;
  if (width === 0)
    throw new InputError(op, "weight", `has shape [${weight.shape.join(", ")}]; expected at least one tap`);
  checkShapeOf(op, "weight", weight, weight.rank === 3 ? [channels, 1, width] : [channels, width]);
  const stateShape: Shape = [batch, channels, width - 1];
  const shapes = { weight: weight.shape, bias: [channels], initialState: stateShape, dY: x.shape, dState: stateShape };
  for (const [name, tensor] of Object.entries({ weight, bias, initialState, dY, dState })) {
    if (tensor === undefined) continue;
    assertTensor(op, name, tensor);
    checkShapeOf(op, name, tensor, shapes[name as keyof typeof shapes]);
    if (tensor.dtype === "f32" || tensor.dtype === x.dtype) continue;
    throw new DTypeError(op, name, { expected: x.dtype === "f32" ? "f32" : `f32 or ${x.dtype}`, actual: tensor.dtype });
  }
  const { inputs, names, at } = listInputs<CausalConvInput>({ x, weight, bias, initialState, dY, dState });
  const silu = checkOneOf<ConvActivation>(op, "activation", activation, ["none", "silu"]) === "silu";
  return { inputs, params: { at, names, dtype: x.dtype, batch, channels, steps, width, silu } };
}
