/** What a call of a recurrence comes down to, whatever the core: sizes, sequences and options, checked. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { DType } from "../../tensor/dtype.js";
import { type Shape, sameShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { type AttentionLayout, checkScale } from "../attention/options.js";
import { shapeIn } from "../attention/params.js";
import { checkDType, checkSameDType, singleDTypes } from "../support/formats.js";
import { checkFlag, checkOneOf, type RecurrenceForm, type RecurrenceOptions, type StateLayout } from "./options.js";
import { type Sequence, sequencesOf } from "./sequences.js";

export interface RecurrenceParams {
  readonly layout: AttentionLayout;
  /** Of q, k, v and o. */
  readonly dtype: DType;
  readonly batch: number;
  readonly steps: number;
  /** Heads of q and k; they divide the heads of v. */
  readonly heads: number;
  /** Value head j reads key head floor(j heads / valueHeads). */
  readonly valueHeads: number;
  /** Channels of q and k, and of v. */
  readonly k: number;
  readonly v: number;
  readonly scale: number;
  readonly form: RecurrenceForm;
  readonly chunk: number;
  readonly stateLayout: StateLayout;
  readonly reverse: boolean;
  readonly validate: boolean;
  readonly allowGrowth: boolean;
  readonly sequences: readonly Sequence[];
}

export interface CoreRules {
  /** Allowed sizes of a chunk, the default first. */
  readonly chunks: readonly [number, ...number[]];
  /** Keys and values per step; 1 by default. */
  readonly writesPerStep?: number;
}

const layouts: readonly [AttentionLayout, AttentionLayout] = ["bthd", "bhtd"];
const stateLayouts: readonly [StateLayout, StateLayout] = ["kv", "vk"];
const forms: readonly [RecurrenceForm, ...RecurrenceForm[]] = ["auto", "sequential", "chunked"];

function checkRows(op: string, name: string, tensor: Tensor, q: Tensor, layout: AttentionLayout): void {
  assertTensor(op, name, tensor);
  checkDType(op, name, tensor.dtype, singleDTypes);
  checkSameDType(op, name, tensor.dtype, "q", q.dtype);
  if (tensor.rank === 4) return;
  const expected = layout === "bthd" ? ["B", "T", "H", "D"] : ["B", "H", "T", "D"];
  throw new ShapeError(op, name, { expected, actual: tensor.shape });
}

function checkChannels(op: string, name: string, tensor: Tensor): void {
  if (tensor.shape[3] !== 0) return;
  throw new ShapeError(op, name, { expected: "at least one channel", actual: tensor.shape });
}

/** Extents of a rank-4 tensor by name. */
export function extentsOf(tensor: Tensor, layout: AttentionLayout) {
  const [batch, second, third, channels] = tensor.shape as unknown as [number, number, number, number];
  return layout === "bthd"
    ? { batch, steps: second, heads: third, channels }
    : { batch, steps: third, heads: second, channels };
}

/**
 * Checks q [B, T, H, K], k [B, T, H, K], v [B, T, HV, V] and the options that every core has.
 * @throws InputError, ShapeError, DTypeError, DisposedError naming the argument
 */
export function recurrenceParams(
  op: string,
  { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
  options: RecurrenceOptions,
  { chunks, writesPerStep = 1 }: CoreRules,
): RecurrenceParams {
  const layout = checkOneOf(op, "layout", options.layout, layouts);
  checkRows(op, "q", q, q, layout);
  checkRows(op, "k", k, q, layout);
  checkRows(op, "v", v, q, layout);
  const { batch, steps, heads, channels } = extentsOf(q, layout);
  const ofV = extentsOf(v, layout);
  checkShapeOf(op, "k", k, shapeIn(layout, batch, steps * writesPerStep, heads, channels));
  if (ofV.batch !== batch || ofV.steps !== steps * writesPerStep) {
    const expected = shapeIn(layout, batch, steps * writesPerStep, "HV", "V");
    throw new ShapeError(op, "v", { expected, actual: v.shape });
  }
  if (heads === 0 ? ofV.heads !== 0 : ofV.heads % heads !== 0) {
    throw new ShapeError(op, "v", { expected: `a multiple of the ${heads} heads of q and k`, actual: v.shape });
  }
  checkChannels(op, "q", q);
  checkChannels(op, "v", v);
  if (!chunks.includes(options.chunk ?? chunks[0])) {
    const sizes = [...chunks].sort((a, b) => a - b).join(", ");
    throw new InputError(op, "chunk", `is ${String(options.chunk)}; expected one of ${sizes}`);
  }
  return {
    layout,
    dtype: q.dtype,
    batch,
    steps,
    heads,
    valueHeads: ofV.heads,
    k: channels,
    v: ofV.channels,
    scale: checkScale(op, options.scale, channels),
    form: checkOneOf(op, "form", options.form, forms),
    chunk: options.chunk ?? chunks[0],
    stateLayout: checkOneOf(op, "stateLayout", options.stateLayout, stateLayouts),
    reverse: checkFlag(op, "reverse", options.reverse),
    validate: checkFlag(op, "validate", options.validate),
    allowGrowth: checkFlag(op, "allowGrowth", options.allowGrowth),
    sequences: sequencesOf(op, options.cuSeqlens, batch, steps),
  };
}

/** Sequences of up to this many steps run step by step under "auto". */
const mostSequential = 64;

/** Whether a sequence of so many steps runs in chunks; the same however it is packed, and so are its bits. */
export function runsInChunks({ form }: RecurrenceParams, steps: number): boolean {
  return form === "auto" ? steps > mostSequential : form === "chunked";
}

/** [B, T, HV] or, with channels, [B, T, HV, channels], in the call's layout. */
export function gateShape({ layout, batch, steps, valueHeads }: RecurrenceParams, channels?: number): number[] {
  const shape = shapeIn(layout, batch, steps, valueHeads, channels ?? 1);
  return channels === undefined ? shape.slice(0, 3) : shape;
}

/** The shape of o, and of v where there is one value per step. */
export function outputShape({ layout, batch, steps, valueHeads, v }: RecurrenceParams): number[] {
  return shapeIn(layout, batch, steps, valueHeads, v);
}

/** A gate or another factor per step: of this shape, in f32 or the dtype of q. */
export function checkPerStep(
  op: string,
  name: string,
  tensor: Tensor,
  shape: Shape,
  { dtype }: RecurrenceParams,
): void {
  assertTensor(op, name, tensor);
  checkShapeOf(op, name, tensor, shape);
  if (tensor.dtype === "f32" || tensor.dtype === dtype) return;
  throw new DTypeError(op, name, { expected: dtype === "f32" ? "f32" : `f32 or ${dtype}`, actual: tensor.dtype });
}

export function checkShapeOf(op: string, name: string, tensor: Tensor, shape: Shape): void {
  if (!sameShape(tensor.shape, shape)) throw new ShapeError(op, name, { expected: shape, actual: tensor.shape });
}
