/** The options of attention and their checks. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import type { CallOptions } from "../define-op.js";

export type AttentionLayout = "bthd" | "bhtd";

export interface AttentionOptions extends CallOptions {
  /** Order of the axes of q, k, v and the result: [B, T, H, D] (default) or [B, H, T, D]. */
  layout?: AttentionLayout;
  /** Multiplies q k^T; D^-1/2 by default. */
  scale?: number;
  /** Row i sees keys j <= i + (Tk - Tq). */
  causal?: boolean;
  /** n: row i sees keys nearer than n to its position; [left, right]: that many keys back and ahead, itself besides. */
  window?: number | readonly [left: number, right: number];
  /** Scores become softCap tanh(score / softCap), before bias and masks. */
  softCap?: number;
  /** Added to the scores; broadcasts to [B, H, Tq, Tk] in either layout. f32. */
  bias?: Tensor;
  /** ALiBi: -slope |i + Tk - Tq - j| is added to the scores; [H], f32. */
  alibiSlopes?: Tensor;
  /** A logit per query head that joins the softmax's denominator and nothing else; [H], f32. */
  sinks?: Tensor;
  /** Packed sequences: B is 1 and rows cuSeqlens[s] .. cuSeqlens[s + 1] of q are sequence s. */
  cuSeqlens?: ArrayLike<number>;
  /** The same for k and v where it differs. */
  cuSeqlensK?: ArrayLike<number>;
}

/** More than any distance; sums with positions stay inside an i32. */
export const unbounded = 2 ** 30;

/** How far a row looks, both sides; `unbounded` where nothing limits it. */
export function windowOf(op: string, { causal, window }: AttentionOptions): { left: number; right: number } {
  if (causal !== undefined && typeof causal !== "boolean") {
    throw new InputError(op, "causal", `is ${String(causal)}; expected a boolean`);
  }
  const sides = typeof window === "number" ? [window - 1, window - 1] : (window ?? [unbounded, unbounded]);
  const [left, right] = sides as [number, number];
  const isExtent = (side: number) => Number.isInteger(side) && side >= 0;
  if (sides.length !== 2 || !isExtent(left) || !isExtent(right)) {
    throw new InputError(
      op,
      "window",
      `is ${String(window)}; expected a positive integer, or [left, right] of at least 0`,
    );
  }
  return { left: Math.min(left, unbounded), right: causal ? 0 : Math.min(right, unbounded) };
}

export function checkScale(op: string, scale: number | undefined, d: number): number {
  if (scale === undefined) return d > 0 ? d ** -0.5 : 1;
  if (!Number.isFinite(scale)) throw new InputError(op, "scale", `is ${String(scale)}; expected a finite number`);
  return scale;
}

/** 0 for none. */
export function checkSoftCap(op: string, softCap: number | undefined): number {
  if (softCap === undefined) return 0;
  if (!Number.isFinite(softCap) || !(softCap > 0)) {
    throw new InputError(op, "softCap", `is ${String(softCap)}; expected a positive number`);
  }
  return softCap;
}

/** A tensor of one f32 per query head. */
export function checkPerHead(op: string, name: string, tensor: Tensor | undefined, heads: number): void {
  if (tensor === undefined) return;
  assertTensor(op, name, tensor);
  if (tensor.rank !== 1 || tensor.shape[0] !== heads) {
    throw new ShapeError(op, name, { expected: [heads], actual: tensor.shape });
  }
  if (tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
}

/** Element strides of the bias over (B, H, Tq, Tk), 0 where it repeats. */
export function biasStrides(op: string, bias: Tensor | undefined, target: readonly number[]): readonly number[] {
  if (bias === undefined) return [0, 0, 0, 0];
  assertTensor(op, "bias", bias);
  if (bias.dtype !== "f32") throw new DTypeError(op, "bias", { expected: "f32", actual: bias.dtype });
  const missing = 4 - bias.rank;
  const fits = missing >= 0 && bias.shape.every((extent, axis) => extent === 1 || extent === target[missing + axis]);
  if (!fits) {
    throw new ShapeError(op, "bias", {
      expected: `something that broadcasts to [${target.join(", ")}]`,
      actual: bias.shape,
    });
  }
  let stride = 1;
  const strides = [0, 0, 0, 0];
  for (let axis = bias.rank - 1; axis >= 0; axis--) {
    const extent = bias.shape[axis] as number;
    if (extent !== 1) strides[missing + axis] = stride;
    stride *= extent;
  }
  return strides;
}

export interface Sequence {
  readonly firstRow: number;
  readonly rows: number;
  readonly firstKey: number;
  readonly keys: number;
}

/** The packed sequences, or undefined without cuSeqlens. */
export function sequencesOf(
  op: string,
  { cuSeqlens, cuSeqlensK }: AttentionOptions,
  { batch, rows, keys }: { batch: number; rows: number; keys: number },
): readonly Sequence[] | undefined {
  if (cuSeqlens === undefined) {
    if (cuSeqlensK !== undefined) throw new InputError(op, "cuSeqlensK", "was given without cuSeqlens");
    return undefined;
  }
  if (batch !== 1) throw new InputError(op, "cuSeqlens", `needs a batch of 1, got ${batch}`);
  const starts = checkOffsets(op, "cuSeqlens", cuSeqlens, rows);
  const keyStarts = cuSeqlensK === undefined ? starts : checkOffsets(op, "cuSeqlensK", cuSeqlensK, keys);
  if (cuSeqlensK === undefined && keys !== rows) {
    throw new InputError(op, "cuSeqlensK", `is needed: q has ${rows} rows and k ${keys}`);
  }
  if (keyStarts.length !== starts.length) {
    throw new InputError(op, "cuSeqlensK", `has ${keyStarts.length} offsets, cuSeqlens ${starts.length}`);
  }
  return starts.slice(1).map((end, s) => ({
    firstRow: starts[s] as number,
    rows: end - (starts[s] as number),
    firstKey: keyStarts[s] as number,
    keys: (keyStarts[s + 1] as number) - (keyStarts[s] as number),
  }));
}

/** The offsets of packed sequences: integers that ascend from 0 to `total`. */
export function checkOffsets(op: string, name: string, offsets: ArrayLike<number>, total: number): number[] {
  if (typeof offsets !== "object" || offsets === null || !(offsets.length >= 1)) {
    throw new InputError(op, name, "must be an array of offsets");
  }
  const list = Array.from(offsets);
  const ascends = list.every((at, s) => Number.isInteger(at) && at >= (s === 0 ? 0 : (list[s - 1] as number)));
  if (!ascends || list[0] !== 0 || list.at(-1) !== total) {
    throw new InputError(op, name, `is [${list.join(", ")}]; expected integers that ascend from 0 to ${total}`);
  }
  return list;
}
