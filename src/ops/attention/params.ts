/** What an attention call comes down to; forward, backward and both backends read it. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { DType } from "../../tensor/dtype.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import {
  type AttentionLayout,
  type AttentionOptions,
  biasStrides,
  checkPerHead,
  checkScale,
  checkSoftCap,
  type Sequence,
  sequencesOf,
  windowOf,
} from "./options.js";

export interface AttentionParams {
  readonly layout: AttentionLayout;
  readonly dtype: "f32" | "f16" | "bf16";
  readonly batch: number;
  readonly heads: number;
  /** Divides heads: query head h reads kv head floor(h kvHeads / heads). */
  readonly kvHeads: number;
  readonly rows: number;
  readonly keys: number;
  readonly d: number;
  readonly dv: number;
  readonly scale: number;
  /** Row at position p (its index + Tk - Tq) sees keys p - left .. p + right. */
  readonly left: number;
  readonly right: number;
  /** 0 for none. */
  readonly softCap: number;
  /** Element strides of the bias over (B, H, Tq, Tk). */
  readonly biasStrides: readonly number[];
  /** Indices of the optional inputs, -1 where absent. */
  readonly inputs: { readonly bias: number; readonly alibiSlopes: number; readonly sinks: number };
  /** Packed sequences; undefined for an ordinary batch. */
  readonly sequences: readonly Sequence[] | undefined;
}

const dtypes: readonly DType[] = ["f32", "f16", "bf16"];

/** Axis extents of a tensor in either layout. */
function extents(tensor: Tensor, layout: AttentionLayout): { batch: number; time: number; heads: number; d: number } {
  const [batch, second, third, d] = tensor.shape as unknown as [number, number, number, number];
  return layout === "bthd" ? { batch, time: second, heads: third, d } : { batch, time: third, heads: second, d };
}

/** A shape in the call's layout. */
export function shapeIn(
  layout: AttentionLayout,
  batch: number | string,
  time: number | string,
  heads: number | string,
  d: number | string,
) {
  return (layout === "bthd" ? [batch, time, heads, d] : [batch, heads, time, d]) as number[];
}

/** Checks q, k, v and the options; the optional tensors come after `firstOptional` inputs. */
export function attentionParams(
  op: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions,
  firstOptional: number,
): { params: AttentionParams; optional: Tensor[]; optionalNames: string[] } {
  const layout = options.layout ?? "bthd";
  if (layout !== "bthd" && layout !== "bhtd") {
    throw new InputError(op, "layout", `is ${String(layout)}; expected "bthd" or "bhtd"`);
  }
  const form = layout === "bthd" ? ["B", "T", "H", "D"] : ["B", "H", "T", "D"];
  for (const [name, tensor] of Object.entries({ q, k, v })) {
    assertTensor(op, name, tensor);
    if (tensor.rank !== 4) throw new ShapeError(op, name, { expected: form, actual: tensor.shape });
    if (!dtypes.includes(tensor.dtype))
      throw new DTypeError(op, name, { expected: dtypes.join(", "), actual: tensor.dtype });
    if (tensor.dtype !== q.dtype)
      throw new DTypeError(op, name, { expected: `${q.dtype}, as q`, actual: tensor.dtype });
  }
  const [sizeQ, sizeK, sizeV] = [extents(q, layout), extents(k, layout), extents(v, layout)];
  const { batch, time: rows, heads, d } = sizeQ;
  const { time: keys, heads: kvHeads } = sizeK;
  if (sizeK.batch !== batch || sizeK.d !== d) {
    throw new ShapeError(op, "k", { expected: shapeIn(layout, batch, "Tk", "Hkv", d), actual: k.shape });
  }
  if (kvHeads === 0 ? heads !== 0 : heads % kvHeads !== 0) {
    throw new ShapeError(op, "k", { expected: `a number of heads that divides ${heads}`, actual: k.shape });
  }
  if (sizeV.batch !== batch || sizeV.time !== keys || sizeV.heads !== kvHeads) {
    throw new ShapeError(op, "v", { expected: shapeIn(layout, batch, keys, kvHeads, "Dv"), actual: v.shape });
  }
  if (d === 0 || sizeV.d === 0) {
    const name = d === 0 ? "q" : "v";
    throw new ShapeError(op, name, { expected: "at least one channel", actual: (d === 0 ? q : v).shape });
  }
  const { bias, alibiSlopes, sinks } = options;
  checkPerHead(op, "alibiSlopes", alibiSlopes, heads);
  checkPerHead(op, "sinks", sinks, heads);
  const optional = { bias, alibiSlopes, sinks };
  const present = Object.entries(optional).filter(([, tensor]) => tensor !== undefined) as [
    keyof typeof optional,
    Tensor,
  ][];
  const indexOf = (name: keyof typeof optional) => {
    const at = present.findIndex(([given]) => given === name);
    return at < 0 ? -1 : firstOptional + at;
  };
  const params: AttentionParams = {
    layout,
    dtype: q.dtype as AttentionParams["dtype"],
    batch,
    heads,
    kvHeads,
    rows,
    keys,
    d,
    dv: sizeV.d,
    scale: checkScale(op, options.scale, d),
    ...windowOf(op, options),
    softCap: checkSoftCap(op, options.softCap),
    biasStrides: biasStrides(op, bias, [batch, heads, rows, keys]),
    inputs: { bias: indexOf("bias"), alibiSlopes: indexOf("alibiSlopes"), sinks: indexOf("sinks") },
    sequences: sequencesOf(op, options, { batch, rows, keys }),
  };
  return { params, optional: present.map(([, tensor]) => tensor), optionalNames: present.map(([name]) => name) };
}

/** The call as (batch entry, rows, keys) stretches that attend to nothing else. */
export function stretchesOf({
  batch,
  rows,
  keys,
  sequences,
}: AttentionParams): (Sequence & { readonly batch: number })[] {
  if (sequences) return sequences.map((sequence) => ({ ...sequence, batch: 0 }));
  return Array.from({ length: batch }, (_, b) => ({ batch: b, firstRow: 0, rows, firstKey: 0, keys }));
}

/** How many (row, key) pairs are visible, over all stretches, for one head. */
export function visiblePairs(params: AttentionParams): number {
  const { left, right } = params;
  return stretchesOf(params).reduce((sum, { rows, keys }) => {
    const first = keys - rows;
    return sum + sumClamped(first + right + 1, rows, keys) - sumClamped(first - left, rows, keys);
  }, 0);
}

/** sum over i < count of (start + i) clamped to [0, most]. */
function sumClamped(start: number, count: number, most: number): number {
  const from = Math.min(Math.max(0, -start), count);
  const to = Math.min(Math.max(from, most - start), count);
  return ((to - from) * (2 * start + from + to - 1)) / 2 + (count - to) * most;
}
