/** What an L-Mul attention call comes down to, checked. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { CallOptions } from "../../engine/operation.js";
import type { Tensor } from "../../tensor/tensor.js";
import { f32Format, isOperandDType, type OperandDType, operandDTypes } from "./format.js";
import { accumulation } from "./matmul.js";
import type { LMulSumOptions } from "./options.js";
import { checkCall } from "./placement.js";
import { type RawZeros, rawCounter } from "./raw-zeros.js";
import { type Rule, resolveRule } from "./rule.js";
import type { RuleUse } from "./rule-block.js";

export interface LMulAttentionOptions extends LMulSumOptions, CallOptions {
  /** Times q . k before the softmax; D^-1/2 by default. An ordinary multiplication. */
  scale?: number;
  /** Row i sees key j when j <= i + Tk - Tq. */
  causal?: boolean;
  /** "bthd" (default): [B, T, H, D]; "bhtd": [B, H, T, D]. */
  layout?: "bthd" | "bhtd";
  /** [B, Tk] in u8: keys with 0 (padding) are seen by no row. */
  keyMask?: Tensor;
  /**
   * What the softmax weights are rounded to before they are multiplied with v. Default: nothing, but v's dtype for
   * native8 and for the multiplying baseline. Small weights vanish: E4M3 has nothing below 2^-10.
   */
  weights?: OperandDType;
}

export interface AttentionParams {
  readonly rule: Rule;
  readonly use: RuleUse;
  readonly layout: "bthd" | "bhtd";
  readonly dtypes: readonly [OperandDType, OperandDType, OperandDType];
  readonly batch: number;
  readonly heads: number;
  /** Divides heads: query head h reads head floor(h kvHeads / heads). */
  readonly kvHeads: number;
  readonly rows: number;
  readonly keys: number;
  readonly d: number;
  readonly dv: number;
  readonly scale: number;
  readonly causal: boolean;
  readonly hasMask: boolean;
  readonly rawZeros?: RawZeros | undefined;
}

type Layout = AttentionParams["layout"];

export const shapeIn = <T>(layout: Layout, batch: T, time: T, heads: T, d: T): T[] =>
  layout === "bthd" ? [batch, time, heads, d] : [batch, heads, time, d];

function extents(tensor: Tensor, layout: Layout) {
  const [batch, second, third, d] = tensor.shape as unknown as [number, number, number, number];
  return layout === "bthd" ? { batch, time: second, heads: third, d } : { batch, time: third, heads: second, d };
}

/** @throws InputError, DTypeError or ShapeError naming the argument. */
export function attentionParams(
  op: string,
  [q, k, v]: readonly [Tensor, Tensor, Tensor],
  options: LMulAttentionOptions,
  use: RuleUse = {},
): AttentionParams {
  checkCall(op, { q, k, v }, options);
  const { layout = "bthd", causal = false, keyMask, weights } = options;
  if (layout !== "bthd" && layout !== "bhtd") {
    throw new InputError(op, "layout", `is ${String(layout)}; expected "bthd" or "bhtd"`);
  }
  if (typeof causal !== "boolean") throw new InputError(op, "causal", `is ${String(causal)}; expected a boolean`);
  for (const [name, { rank, shape, dtype }] of Object.entries({ q, k, v })) {
    if (rank !== 4) throw new ShapeError(op, name, { expected: shapeIn(layout, "B", "T", "H", "D"), actual: shape });
    if (!isOperandDType(dtype)) throw new DTypeError(op, name, { expected: operandDTypes.join(", "), actual: dtype });
  }
  const [sizeQ, sizeK, sizeV] = [extents(q, layout), extents(k, layout), extents(v, layout)];
  const { batch, time: rows, heads, d } = sizeQ;
  const { time: keys, heads: kvHeads } = sizeK;
  if (sizeK.batch !== batch || sizeK.d !== d) {
    throw new ShapeError(op, "k", {
      expected: shapeIn<number | string>(layout, batch, "Tk", "Hkv", d),
      actual: k.shape,
    });
  }
  if (kvHeads === 0 ? heads !== 0 : heads % kvHeads !== 0) {
    throw new ShapeError(op, "k", { expected: `a number of heads that divides ${heads}`, actual: k.shape });
  }
  if (sizeV.batch !== batch || sizeV.time !== keys || sizeV.heads !== kvHeads) {
    throw new ShapeError(op, "v", {
      expected: shapeIn<number | string>(layout, batch, keys, kvHeads, "Dv"),
      actual: v.shape,
    });
  }
  if (keyMask !== undefined) {
    checkCall(op, { keyMask }, options);
    if (keyMask.dtype !== "u8") throw new DTypeError(op, "keyMask", { expected: "u8", actual: keyMask.dtype });
    if (keyMask.rank !== 2 || keyMask.shape[0] !== batch || keyMask.shape[1] !== keys) {
      throw new ShapeError(op, "keyMask", { expected: [batch, keys], actual: keyMask.shape });
    }
  }
  const scale = options.scale ?? (d === 0 ? 1 : d ** -0.5);
  if (typeof scale !== "number" || !Number.isFinite(scale)) {
    throw new InputError(op, "scale", `is ${String(scale)}; expected a finite number`);
  }
  if (weights !== undefined && !isOperandDType(String(weights))) {
    throw new InputError(op, "weights", `is ${String(weights)}; expected ${operandDTypes.join(", ")}`);
  }
  const dtypes = [q.dtype, k.dtype, v.dtype] as [OperandDType, OperandDType, OperandDType];
  // One rule serves both products: the coarsest operand sets k, unless the caller does.
  const coarse = resolveRule(op, [dtypes[0], dtypes[1]], options);
  const rule = resolveRule(op, [dtypes[0], dtypes[2]], { ...options, k: options.k ?? coarse.k });
  const isNative = rule.format !== f32Format;
  if (isNative && weights !== undefined && weights !== dtypes[2]) {
    throw new InputError(op, "weights", `is ${weights}; native8 products take weights in ${dtypes[2]}`);
  }
  return {
    rule,
    use: {
      ...accumulation(op, options),
      ...use,
      weights: weights ?? (isNative || use.multiply ? dtypes[2] : "f32"),
    },
    layout,
    dtypes,
    batch,
    heads,
    kvHeads,
    rows,
    keys,
    d,
    dv: sizeV.d,
    scale,
    causal,
    hasMask: keyMask !== undefined,
    rawZeros: rawCounter(rule, q),
  };
}

/** Elements between two rows of one head, where a head begins in its batch entry, and the entry's size. */
export function strides(layout: Layout, time: number, heads: number, d: number) {
  return layout === "bthd"
    ? { row: heads * d, head: d, batch: time * heads * d }
    : { row: d, head: time * d, batch: time * heads * d };
}
