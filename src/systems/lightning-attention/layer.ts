/**
 * The layer around Lightning Attention: projections, activation, the recurrence, a norm and a gate; and the gated linear unit
 * that follows it in a block (Qin and others, "Various Lengths, Constant Speed", 2024, and the code that goes with it). The
 * published variants differ in the norm and the gate, so both are options.
 */
import { InputError, ShapeError } from "../../backends/contract.js";
import { mul } from "../../ops/binary.js";
import { matmul } from "../../ops/matmul.js";
import { layerNorm, rmsNorm } from "../../ops/norm.js";
import { sigmoid, silu } from "../../ops/unary.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { type LightningOptions, lightningAttention } from "./attention.js";

/** Weights have a row per output: y = x W^T. */
export interface LightningWeights {
  /** [H K, D] each; [H V, D] for wv. */
  readonly wq: Tensor;
  readonly wk: Tensor;
  readonly wv: Tensor;
  /** [D, H V] */
  readonly wo: Tensor;
  /**
   * The output gate: [H V, D] for one projection; a pair [r, D], [H V, r] for one of low rank; absent for none.
   */
  readonly gate?: Tensor | readonly [Tensor, Tensor];
  /** [H V], of the norm. */
  readonly normWeight?: Tensor;
  readonly normBias?: Tensor;
}

export interface LightningLayerOptions extends Omit<LightningOptions, "layout" | "out"> {
  readonly heads: number;
  /** silu on q and k ("qk", the paper) or on v too ("qkv", the authors' module and the MiniMax port; default). */
  readonly activation?: "qk" | "qkv";
  /** Of the attention's output, over all heads together: "layer" (the authors' module; default), "rms", "simple-rms" (no weight). */
  readonly norm?: "layer" | "rms" | "simple-rms";
  /** 1e-5 by default. */
  readonly eps?: number;
  /** What is done to the gate before it multiplies: "sigmoid" (default) or nothing ("none", the paper). */
  readonly gateActivation?: "sigmoid" | "none";
}

const op = "lightningLayer";

const project = (x: Tensor, weight: Tensor): Tensor => matmul(x, weight, { transposeB: true });

/** [B, T, H C] as [B, T, H, C]. */
function intoHeads(name: string, tensor: Tensor, heads: number): Tensor {
  const [batch, steps, width] = tensor.shape as unknown as [number, number, number];
  if (width % heads !== 0) {
    throw new ShapeError(op, name, { expected: `rows that are a multiple of the ${heads} heads`, actual: [width] });
  }
  return tensor.reshape([batch, steps, heads, width / heads]);
}

/** SRMSNorm: x / sqrt(mean x^2 + eps), without a weight; 1e-6 by default. A row of zeros stays zero. */
export function simpleRmsNorm(x: Tensor, eps = 1e-6): Tensor {
  return rmsNorm(x, { eps });
}

/** SGLU: ((x Wv) (x Wu)) Wo, without an activation. */
export function simpleGatedUnit(x: Tensor, { wu, wv, wo }: { wu: Tensor; wv: Tensor; wo: Tensor }): Tensor {
  return project(mul(project(x, wv), project(x, wu)), wo);
}

function gateOf(x: Tensor, gate: NonNullable<LightningWeights["gate"]>): Tensor {
  if (!Array.isArray(gate)) return project(x, gate as Tensor);
  const [inner, outer] = gate as readonly [Tensor, Tensor];
  return project(project(x, inner), outer);
}

function normed(a: Tensor, weights: LightningWeights, { norm = "layer", eps = 1e-5 }: LightningLayerOptions): Tensor {
  const weight = weights.normWeight ? { weight: weights.normWeight } : {};
  if (norm === "layer")
    return layerNorm(a, { eps, ...weight, ...(weights.normBias ? { bias: weights.normBias } : {}) });
  if (norm === "rms") return rmsNorm(a, { eps, ...weight });
  if (norm === "simple-rms") return simpleRmsNorm(a, eps);
  throw new InputError(op, "norm", `is ${String(norm)}; expected "layer", "rms" or "simple-rms"`);
}

/**
 * x [B, T, D] to y [B, T, D] and the states [B, H, K, V], which as `initialState` let the next call go on from there: a long
 * prompt in pieces, then token by token.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 */
export function lightningLayer(
  x: Tensor,
  weights: LightningWeights,
  options: LightningLayerOptions,
): { y: Tensor; state: Tensor } {
  assertTensor(op, "x", x);
  if (x.rank !== 3) throw new ShapeError(op, "x", { expected: ["B", "T", "D"], actual: x.shape });
  const { heads, activation = "qkv", norm: _norm, eps: _eps, gateActivation = "sigmoid", ...attention } = options;
  if (!Number.isInteger(heads) || heads < 1) throw new InputError(op, "heads", `is ${heads}; expected at least 1`);
  if (activation !== "qk" && activation !== "qkv") {
    throw new InputError(op, "activation", `is ${String(activation)}; expected "qk" or "qkv"`);
  }
  if (gateActivation !== "sigmoid" && gateActivation !== "none") {
    throw new InputError(op, "gateActivation", `is ${String(gateActivation)}; expected "sigmoid" or "none"`);
  }
  const values = project(x, weights.wv);
  const { o, state } = lightningAttention(
    intoHeads("wq", silu(project(x, weights.wq)), heads),
    intoHeads("wk", silu(project(x, weights.wk)), heads),
    intoHeads("wv", activation === "qkv" ? silu(values) : values, heads),
    attention,
  );
  const normal = normed(o.reshape([...values.shape]), weights, options);
  if (!weights.gate) return { y: project(normal, weights.wo), state };
  const gate = gateOf(x, weights.gate);
  const gated = mul(normal, gateActivation === "sigmoid" ? sigmoid(gate) : gate);
  return { y: project(gated, weights.wo), state };
}
