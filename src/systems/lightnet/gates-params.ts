/** What a call of the gates by themselves comes down to, checked, and how both backends walk it. */
import { DTypeError, ShapeError } from "../../backends/contract.js";
import { packParams } from "../../backends/webgpu/run.js";
import type { AttentionLayout } from "../../ops/attention/options.js";
import { stepsOf } from "../../ops/attention/records.js";
import { checkFlag, checkOneOf } from "../../ops/recurrence/options.js";
import { checkShapeOf } from "../../ops/recurrence/params.js";
import { type Sequence, sequencesOf } from "../../ops/recurrence/sequences.js";
import type { Shape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";

/** How the logits lie and which way they are walked. */
export interface GatesShape {
  /** Of the logits: [B, T, H, K] (default) or [B, H, T, K]; without K for one gate per head. */
  layout?: AttentionLayout;
  /** From the last token to the first. */
  reverse?: boolean;
  /** Offsets of sequences packed into a batch of 1. */
  cuSeqlens?: ArrayLike<number>;
}

const layouts: readonly [AttentionLayout, AttentionLayout] = ["bthd", "bhtd"];

export interface GatesParams {
  readonly layout: AttentionLayout;
  readonly steps: number;
  readonly heads: number;
  /** Channels per head; 1 where there is one gate per head. */
  readonly d: number;
  readonly reverse: boolean;
  readonly sequences: readonly Sequence[];
  /** Of z: [N, H, K], or [N, H]. */
  readonly stateShape: Shape;
}

/** @throws InputError, ShapeError, DTypeError, DisposedError naming the argument */
export function gatesParams(op: string, x: Tensor, { layout, reverse, cuSeqlens }: GatesShape): GatesParams {
  const order = checkOneOf(op, "layout", layout, layouts);
  checkLogits(op, "x", x);
  if (x.rank !== 4 && x.rank !== 3) {
    throw new ShapeError(op, "x", {
      expected: order === "bthd" ? "[B, T, H, K] or [B, T, H]" : "[B, H, T, K] or [B, H, T]",
      actual: x.shape,
    });
  }
  const [batch, second, third, d = 1] = x.shape as unknown as [number, number, number, number?];
  const [steps, heads] = order === "bthd" ? [second, third] : [third, second];
  const sequences = sequencesOf(op, cuSeqlens, batch, steps);
  const stateShape = [sequences.length, heads, ...x.shape.slice(3)];
  return { layout: order, steps, heads, d, reverse: checkFlag(op, "reverse", reverse), sequences, stateShape };
}

/** A tensor of f32, and of `shape` where that is known. @throws InputError, ShapeError, DTypeError, DisposedError naming it */
export function checkLogits(op: string, name: string, tensor: Tensor, shape?: Shape): void {
  assertTensor(op, name, tensor);
  if (tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
  if (shape) checkShapeOf(op, name, tensor, shape);
}

/** Bytes from the start of a tensor of the logits' shape to a sequence's first token in walking order, per head, to the next one. */
function walkOf({ layout, steps, heads, d, reverse }: GatesParams, { batch, first, steps: count }: Sequence) {
  const step = stepsOf(layout, steps, heads, d);
  const from = reverse ? first + Math.max(count - 1, 0) : first;
  return { from: batch * step.batch + from * step.time, head: step.head, next: reverse ? -step.time : step.time };
}

export interface GatesUnit {
  /** Of the first token, in bytes. */
  readonly token: number;
  readonly next: number;
  readonly rows: number;
  /** Of its channels in z, in bytes. */
  readonly state: number;
}

/** A sequence of a head each: what one kernel call walks. */
export function gatesUnits(params: GatesParams): GatesUnit[] {
  const { sequences, heads, d } = params;
  return sequences.flatMap((sequence, n) => {
    const { from, head, next } = walkOf(params, sequence);
    return Array.from({ length: heads }, (_, h) => {
      return { token: from + h * head, next, rows: sequence.steps, state: 4 * (n * heads + h) * d };
    });
  });
}

/** The shaders' parameters for one sequence, all of its heads. */
export function gatesWords(params: GatesParams, n: number): ArrayBuffer {
  const { sequences, heads, d } = params;
  const sequence = sequences[n] as Sequence;
  const { from, head, next } = walkOf(params, sequence);
  const elements = [from, 0, head, next].map((bytes) => ({ i32: bytes / 4 }));
  return packParams(heads, n * heads, heads, sequence.steps, d, ...elements, 0);
}
