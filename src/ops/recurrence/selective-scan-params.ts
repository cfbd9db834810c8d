/** What a call of the selective scan comes down to; the scan, its gradients and both backends read it. */
import { DTypeError, ShapeError } from "../../backends/contract.js";
import type { DType } from "../../tensor/dtype.js";
import { type Shape, sameShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { checkDType, singleDTypes } from "../support/formats.js";
import { type InputList, listInputs } from "./inputs.js";
import { checkFlag, type RecurrenceOptions } from "./options.js";
import { checkShapeOf } from "./params.js";
import { type Sequence, sequencesOf } from "./sequences.js";

type Shared = "initialState" | "cuSeqlens" | "mask" | "allowGrowth" | "validate" | "on" | "scope";

export interface SelectiveScanOptions extends Pick<RecurrenceOptions, Shared> {
  /** D of the reference: y += d u; [D], f32. */
  d?: Tensor;
  /** y is multiplied by silu(z); [B, D, L]. */
  z?: Tensor;
  /** Added to delta before anything else; [D], f32. */
  deltaBias?: Tensor;
  /** Step sizes are log(1 + e^x) of what is given. */
  deltaSoftplus?: boolean;
  /** The state's coefficient is 2 e^(dt a) - 1, in (-1, 1], not e^(dt a), in (0, 1]. */
  negativeEigenvalues?: boolean;
}

export interface SelectiveScanArguments {
  readonly u: Tensor;
  readonly delta: Tensor;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
}

export type SelectiveScanInput =
  | keyof SelectiveScanArguments
  | "d"
  | "z"
  | "deltaBias"
  | "initialState"
  | "dY"
  | "dState";

export interface SelectiveScanParams {
  readonly at: InputList<SelectiveScanInput>["at"];
  readonly names: InputList<SelectiveScanInput>["names"];
  /** Channels come before steps, as heads do. */
  readonly layout: "bhtd";
  /** Of u and y. */
  readonly dtype: DType;
  readonly batch: number;
  readonly channels: number;
  readonly states: number;
  readonly steps: number;
  readonly groups: number;
  readonly constantB: boolean;
  readonly constantC: boolean;
  readonly softplus: boolean;
  readonly negative: boolean;
  readonly allowGrowth: boolean;
  readonly validate: boolean;
  readonly sequences: readonly Sequence[];
}

/** A tensor of this shape in f32, or in the dtype of u where it has steps. */
function checkOperand(op: string, name: string, tensor: Tensor, shape: Shape, dtype: DType): void {
  assertTensor(op, name, tensor);
  checkShapeOf(op, name, tensor, shape);
  if (tensor.dtype === "f32" || tensor.dtype === dtype) return;
  throw new DTypeError(op, name, { expected: dtype === "f32" ? "f32" : `f32 or ${dtype}`, actual: tensor.dtype });
}

/** Groups of b or c: their second axis; undefined where it is one row per channel, the same at every step. */
function groupsOf(
  op: string,
  name: string,
  tensor: Tensor,
  [batch, channels, states, steps]: readonly [number, number, number, number],
  dtype: DType,
): number | undefined {
  assertTensor(op, name, tensor);
  const { shape, rank } = tensor;
  const groups = rank === 4 ? (shape[1] as number) : 1;
  const forms: Shape[] = [
    [channels, states],
    [batch, states, steps],
    [batch, groups, states, steps],
  ];
  const form = forms[rank - 2];
  if (!form || !sameShape(shape, form) || groups === 0 || channels % groups !== 0) {
    const expected = `[${forms[1]}], [${batch}, G, ${states}, ${steps}] with G dividing ${channels}, or [${forms[0]}]`;
    throw new ShapeError(op, name, { expected, actual: shape });
  }
  checkOperand(op, name, tensor, shape, dtype);
  return rank === 2 ? undefined : groups;
}

/** @throws InputError, ShapeError, DTypeError, DisposedError naming the argument */
export function selectiveScanParams(
  op: string,
  args: SelectiveScanArguments,
  options: SelectiveScanOptions,
  gradients: { readonly dY?: Tensor; readonly dState?: Tensor | undefined } = {},
): { readonly inputs: readonly Tensor[]; readonly params: SelectiveScanParams } {
  const { u, delta, a, b, c } = args;
  assertTensor(op, "u", u);
  if (u.rank !== 3) throw new ShapeError(op, "u", { expected: ["B", "D", "L"], actual: u.shape });
  checkDType(op, "u", u.dtype, singleDTypes);
  const [batch, channels, steps] = u.shape as unknown as [number, number, number];
  assertTensor(op, "a", a);
  const states = a.shape[1] ?? 0;
  if (a.rank !== 2 || a.shape[0] !== channels || states === 0) {
    throw new ShapeError(op, "a", { expected: [channels, "N"], actual: a.shape });
  }
  const extents = [batch, channels, states, steps] as const;
  const [ofB, ofC] = [groupsOf(op, "b", b, extents, u.dtype), groupsOf(op, "c", c, extents, u.dtype)];
  if (ofB !== undefined && ofC !== undefined && ofB !== ofC) {
    throw new ShapeError(op, "c", { expected: `${ofB} groups, as b`, actual: c.shape });
  }
  const sequences = sequencesOf(op, options.cuSeqlens, batch, steps);
  const { d, z, deltaBias, initialState } = options;
  const { dY, dState } = gradients;
  const stateShape = [sequences.length, channels, states];
  const shapes = { delta: u.shape, a: a.shape, d: [channels], z: u.shape, deltaBias: [channels], dY: u.shape };
  const given = { delta, a, d, z, deltaBias, dY, initialState, dState };
  for (const [name, tensor] of Object.entries(given)) {
    if (tensor === undefined) continue;
    const shape = shapes[name as keyof typeof shapes] ?? stateShape;
    checkOperand(op, name, tensor, shape, shape === u.shape ? u.dtype : "f32");
  }
  const { inputs, names, at } = listInputs<SelectiveScanInput>({
    ...{ u, delta, a, b, c },
    ...{ d, z, deltaBias, initialState, dY, dState },
  });
  const params: SelectiveScanParams = {
    ...{ at, names, batch, channels, states, steps, sequences },
    layout: "bhtd",
    dtype: u.dtype,
    groups: ofB ?? ofC ?? 1,
    constantB: ofB === undefined,
    constantC: ofC === undefined,
    softplus: checkFlag(op, "deltaSoftplus", options.deltaSoftplus),
    negative: checkFlag(op, "negativeEigenvalues", options.negativeEigenvalues),
    allowGrowth: checkFlag(op, "allowGrowth", options.allowGrowth),
    validate: checkFlag(op, "validate", options.validate),
  };
  return { inputs, params };
}

/** The shape of the state after the last step. */
export function selectiveStateShape({ sequences, channels, states }: SelectiveScanParams): number[] {
  return [sequences.length, channels, states];
}
