/**
 * The conventions of ONNX opset 27 for `LinearAttention` and `CausalConvWithState`: packed heads, attribute names and defaults, over
 * the cores. Gradients are the cores'.
 */
import { InputError, ShapeError } from "../../backends/contract.js";
import type { Shape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { broadcastTo } from "../broadcast-to.js";
import { cast } from "../cast.js";
import { slice } from "../slice.js";
import { type CausalConvResult, causalConv } from "./causal-conv.js";
import { delta } from "./delta.js";
import { checkOneOf, type RecurrenceOptions } from "./options.js";
import { checkShapeOf } from "./params.js";
import { scalarGate } from "./scalar-gate.js";
import { vectorGate } from "./vector-gate.js";

export type UpdateRule = "linear" | "gated" | "delta" | "gated_delta";

export interface OnnxLinearAttentionInputs {
  /** [B, T, Hq K] */
  readonly query: Tensor;
  /** [B, T, Hk K]; Hk is the number of kv heads, or divides it (a key head then serves several states). */
  readonly key: Tensor;
  /** [B, T, Hkv V] */
  readonly value: Tensor;
  /** [B, Hkv, K, V]; zeros by default. */
  readonly pastState?: Tensor;
  /** Log-decays, [B, T, Hkv] or [B, T, Hkv K]; of the gated rules. */
  readonly decay?: Tensor;
  /** [B, T, Hkv] or [B, T, 1]; of the delta rules. */
  readonly beta?: Tensor;
}

export interface OnnxLinearAttentionAttributes extends Pick<RecurrenceOptions, "on" | "scope"> {
  readonly qNumHeads: number;
  readonly kvNumHeads: number;
  /** "gated_delta" by default. */
  readonly updateRule?: UpdateRule;
  /** 0 (the default) means K^-1/2. */
  readonly scale?: number;
}

export interface OnnxLinearAttentionResult {
  /** [B, T, max(Hq, Hkv) V] */
  readonly output: Tensor;
  /** [B, Hkv, K, V], in the dtype of the past state, f32 without one. */
  readonly presentState: Tensor;
}

const op = "onnxLinearAttention";

function checkHeads(name: string, heads: number): void {
  if (Number.isInteger(heads) && heads > 0) return;
  throw new InputError(op, name, `is ${String(heads)}; expected a positive integer`);
}

/** [B, T, heads width] as [B, T, heads, width]. */
function unpacked(name: string, tensor: Tensor, heads: number, width?: number): Tensor {
  assertTensor(op, name, tensor);
  const [batch, steps, packed] = tensor.shape as unknown as [number, number, number];
  const own = width ?? packed / heads;
  if (tensor.rank !== 3 || packed !== heads * own || !Number.isInteger(own)) {
    const expected = ["B", "T", width === undefined ? `a multiple of ${heads}` : `${heads} x ${width}`];
    throw new ShapeError(op, name, { expected, actual: tensor.shape });
  }
  return tensor.reshape([batch, steps, heads, own]);
}

/** Every head `times` times over, along `axis`. */
function repeated(tensor: Tensor, axis: number, times: number): Tensor {
  if (times === 1) return tensor;
  const { shape } = tensor;
  const apart: Shape = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const heads = (shape[axis] as number) * times;
  return broadcastTo(tensor.reshape(apart), apart.with(axis + 1, times)).reshape(shape.with(axis, heads));
}

/** Whether a rule takes an input, and that it is there if so. */
function required(name: "decay" | "beta", tensor: Tensor | undefined, wanted: boolean, rule: UpdateRule): void {
  if (wanted === (tensor !== undefined)) return;
  throw new InputError(
    op,
    name,
    wanted ? `is missing; the rule ${rule} needs it` : `has no use under the rule ${rule}`,
  );
}

/**
 * ONNX `LinearAttention`: S = e^g S + k v^T ("linear" without the decay), or the delta rule with strength beta on the decayed state; the
 * output is scale q S. Keys of the delta rules should be of unit length. Query heads beyond the kv heads share states: those are
 * computed once per query head.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { output, presentState } = onnxLinearAttention({ query, key, value, decay, beta }, { qNumHeads: 8, kvNumHeads: 8 });
 */
export function onnxLinearAttention(
  { query, key, value, pastState, decay, beta }: OnnxLinearAttentionInputs,
  { qNumHeads, kvNumHeads, updateRule, scale = 0, ...placement }: OnnxLinearAttentionAttributes,
): OnnxLinearAttentionResult {
  const rule = checkOneOf<UpdateRule>(op, "updateRule", updateRule, ["gated_delta", "linear", "gated", "delta"]);
  checkHeads("qNumHeads", qNumHeads);
  checkHeads("kvNumHeads", kvNumHeads);
  const isDelta = rule === "delta" || rule === "gated_delta";
  required("decay", decay, rule === "gated" || rule === "gated_delta", rule);
  required("beta", beta, isDelta, rule);
  const heads = Math.max(qNumHeads, kvNumHeads);
  if (heads % qNumHeads !== 0 || heads % kvNumHeads !== 0) {
    throw new InputError(
      op,
      "qNumHeads",
      `is ${qNumHeads}, kvNumHeads ${kvNumHeads}; expected one to divide the other`,
    );
  }
  const q = unpacked("query", query, qNumHeads);
  const width = q.shape[3] as number;
  assertTensor(op, "key", key);
  const keyHeads = (key.shape[2] as number) / width;
  const k = unpacked("key", key, Number.isInteger(keyHeads) && keyHeads > 0 ? keyHeads : kvNumHeads, width);
  const v = unpacked("value", value, kvNumHeads);
  if (kvNumHeads % (k.shape[2] as number) !== 0) {
    throw new InputError(op, "key", `has ${k.shape[2]} heads; expected a divisor of ${kvNumHeads}`);
  }
  if (pastState) {
    assertTensor(op, "pastState", pastState);
    checkShapeOf(op, "pastState", pastState, [q.shape[0] as number, kvNumHeads, width, v.shape[3] as number]);
  }
  return query.engine.scope(() => {
    const perState = heads / kvNumHeads;
    // The cores share a head of q and k among value heads; everything else is repeated to that.
    const shared = qNumHeads === k.shape[2] && perState === 1;
    const [qs, ks] = shared
      ? [q, k]
      : [repeated(q, 2, heads / qNumHeads), repeated(k, 2, heads / (k.shape[2] as number))];
    const past = pastState && repeated(pastState.dtype === "f32" ? pastState : cast(pastState, "f32"), 1, perState);
    const gate = decay && repeated(gateOf(decay, kvNumHeads, width), 2, perState);
    const options = {
      ...placement,
      ...(scale === 0 ? {} : { scale }),
      ...(past ? { initialState: past } : {}),
      ...(gate ? { gate } : {}),
      allowGrowth: true,
    };
    const values = repeated(v, 2, perState);
    const run = () => {
      if (isDelta) return delta(qs, ks, values, strengths(beta as Tensor, kvNumHeads, perState), options);
      return gate?.rank === 4 ? vectorGate(qs, ks, values, options) : scalarGate(qs, ks, values, options);
    };
    const { o, state } = run();
    const [batch, steps] = o.shape as unknown as [number, number];
    const own = perState === 1 ? state : slice(state, [null, [0, heads, perState]]);
    const isWide = pastState === undefined || pastState.dtype === "f32";
    return {
      output: o.reshape([batch, steps, heads * (v.shape[3] as number)]),
      presentState: isWide ? own : cast(own, pastState.dtype),
    };
  });
}

/** Decays by head, or by head and channel. */
function gateOf(decay: Tensor, heads: number, width: number): Tensor {
  assertTensor(op, "decay", decay);
  return decay.shape[2] === heads ? decay : unpacked("decay", decay, heads, width);
}

/** Strengths per head; one for all heads is repeated. */
function strengths(beta: Tensor, heads: number, perState: number): Tensor {
  assertTensor(op, "beta", beta);
  return beta.shape[2] === 1 ? repeated(beta, 2, heads * perState) : repeated(beta, 2, perState);
}

export interface OnnxCausalConvInputs {
  /** [B, C, L] */
  readonly input: Tensor;
  /** [C, 1, k] */
  readonly weight: Tensor;
  /** [C] */
  readonly bias?: Tensor;
  /** [B, C, k - 1]; zeros by default. */
  readonly pastState?: Tensor;
}

/**
 * ONNX `CausalConvWithState`: `causalConv` under its names; "swish" is "silu".
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 */
export function onnxCausalConvWithState(
  { input, weight, bias, pastState }: OnnxCausalConvInputs,
  {
    activation = "none",
    ...placement
  }: { readonly activation?: "none" | "silu" | "swish" } & Pick<RecurrenceOptions, "on" | "scope"> = {},
): { readonly output: Tensor; readonly presentState: Tensor } {
  const { y, state }: CausalConvResult = causalConv(input, weight, {
    ...placement,
    activation: activation === "swish" ? "silu" : activation,
    ...(bias ? { bias } : {}),
    ...(pastState ? { initialState: pastState } : {}),
  });
  return { output: y, presentState: state };
}
