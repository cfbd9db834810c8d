/** A LightNet model: embedded tokens, blocks, a norm and a linear head. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import { gather } from "../../ops/gather.js";
import { matmul } from "../../ops/matmul.js";
import { rmsNorm } from "../../ops/norm.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { type LightNetBlockWeights, lightnetBlock } from "./block.js";
import type { LightNetLayerOptions, LightNetLayerResult } from "./layer.js";

export interface LightNetModelWeights {
  /** [vocabulary, D] */
  readonly embedding: Tensor;
  readonly blocks: readonly LightNetBlockWeights[];
  /** [D], ones when absent. */
  readonly norm?: Tensor;
  /** [outputs, D]; the embedding when absent. */
  readonly head?: Tensor;
}

/** What a block ends with, for the next call. */
export type LightNetBlockState = Pick<LightNetLayerResult, "state" | "conv">;

export interface LightNetModelOptions extends Omit<LightNetLayerOptions, "initialState" | "convState"> {
  /** One per block, as the last call gave them. */
  states?: readonly LightNetBlockState[];
  /** Applied to the embedded tokens [B, T, D] before the first block: a position encoding such as `mdTpe`. */
  encode?: (x: Tensor) => Tensor;
}

export interface LightNetModelResult {
  /** [B, T, outputs] */
  readonly logits: Tensor;
  readonly states: readonly LightNetBlockState[];
}

const op = "lightnetModel";

function checkModel(
  tokens: Tensor,
  { embedding, blocks, head, norm }: LightNetModelWeights,
  given?: readonly unknown[],
) {
  assertTensor(op, "tokens", tokens);
  if (tokens.rank !== 2) throw new ShapeError(op, "tokens", { expected: ["B", "T"], actual: tokens.shape });
  if (tokens.dtype !== "i32" && tokens.dtype !== "u32") {
    throw new DTypeError(op, "tokens", { expected: "i32 or u32", actual: tokens.dtype });
  }
  assertTensor(op, "embedding", embedding);
  if (embedding.rank !== 2) throw new ShapeError(op, "embedding", { expected: ["V", "D"], actual: embedding.shape });
  const d = embedding.shape[1] as number;
  if (head) assertTensor(op, "head", head);
  if (head && (head.rank !== 2 || head.shape[1] !== d)) {
    throw new ShapeError(op, "head", { expected: ["outputs", d], actual: head.shape });
  }
  if (norm) assertTensor(op, "norm", norm);
  if (norm && (norm.rank !== 1 || norm.size !== d))
    throw new ShapeError(op, "norm", { expected: [d], actual: norm.shape });
  if (given && given.length !== blocks.length) {
    throw new InputError(op, "states", `has ${given.length} entries for ${blocks.length} blocks`);
  }
}

/**
 * logits = norm(block(... block(encode(embedding[tokens])))) head^T for tokens [B, T] in i32 or u32; weights in f32. All of it is
 * made of public operations, so a tape goes through it; with `states`, a sequence goes on in pieces of any length.
 *
 * @throws InputError, ShapeError, DTypeError, UnsupportedError, DisposedError, OutOfMemoryError naming the argument
 * @example
 * const { logits, states } = lightnetModel(prompt, weights, { heads: 8 });
 * const next = lightnetModel(token, weights, { heads: 8, states });
 */
export function lightnetModel(
  tokens: Tensor,
  weights: LightNetModelWeights,
  { states: given, encode, scope, ...options }: LightNetModelOptions,
): LightNetModelResult {
  checkModel(tokens, weights, given);
  const { on, eps = 1e-5 } = options;
  const inner = on ? { on } : {};
  return tokens.engine.scope(() => {
    const embedded = gather(weights.embedding, tokens, 0, inner);
    let x = encode ? encode(embedded) : embedded;
    const states = weights.blocks.map((block, i) => {
      const { state: initialState, conv: convState } = given?.[i] ?? {};
      const before = { ...(initialState && { initialState }), ...(convState && { convState }) };
      const result = lightnetBlock(x, block, { ...options, ...before, ...(scope && { scope }) });
      x = result.y;
      return { state: result.state, ...(result.conv && { conv: result.conv }) };
    });
    const normed = rmsNorm(x, { eps, ...(weights.norm && { weight: weights.norm }), ...inner });
    if (scope && weights.blocks.length > 0) x.dispose();
    const head = weights.head ?? weights.embedding;
    return { logits: matmul(normed, head, { transposeB: true, ...inner, ...(scope && { scope }) }), states };
  });
}
