/** The LightNet layer: projections, the additive recurrence, an output gate of low rank and a norm. */
import { InputError, ShapeError } from "../../backends/contract.js";
import { mul } from "../../ops/binary.js";
import { concat } from "../../ops/concat.js";
import type { CallOptions } from "../../ops/define-op.js";
import { fill } from "../../ops/fill.js";
import { matmul } from "../../ops/matmul.js";
import { rmsNorm } from "../../ops/norm.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { lightnet } from "./lightnet.js";
import type { MdLrpe } from "./md-lrpe.js";
import type { LightNetOptions } from "./params.js";
import { type ConvName, checkShortConv, type ShortConvState, type ShortConvWeights, shortConv } from "./short-conv.js";
import type { LightNetState } from "./state.js";

/** Matrices with rows for outputs: a projection is x W^T. */
export interface LightNetWeights {
  /** [H K, D]; queries, and key logits (or keys, beside `scalarGate`). */
  readonly q: Tensor;
  readonly k: Tensor;
  /** [H V, D] */
  readonly v: Tensor;
  /** [D, H V] */
  readonly out: Tensor;
  /** [R, D] and [H V, R]: the output gate. */
  readonly gateDown: Tensor;
  readonly gateUp: Tensor;
  /** [H V], ones when absent. */
  readonly norm?: Tensor;
  /** [H, D]; one logit per head, with silu(x k^T) as the key: the scalar-gate variant. */
  readonly scalarGate?: Tensor;
  /** Short causal convolutions of the projections, before their activations. */
  readonly conv?: ShortConvWeights;
}

export interface LightNetLayerOptions
  extends Omit<CallOptions, "out">,
    Pick<LightNetOptions, "global" | "seed" | "mask" | "cuSeqlens" | "initialState" | "form" | "chunk" | "scale"> {
  heads: number;
  /**
   * "norm-first" (default): RMSNorm over all H V channels, then times silu(g). "gate-first": times sigmoid(g), then RMSNorm, as
   * the authors have it; "norm-first-sigmoid" is their other choice.
   */
  finish?: "norm-first" | "gate-first" | "norm-first-sigmoid";
  /** Added to the mean square in the norm; 1e-5 by default. (The authors add to the sum: theirs is H V times this one.) */
  eps?: number;
  /** A cosine rotation of queries and normalised keys. */
  position?: MdLrpe;
  /** What the short convolutions go on from; zeros by default. */
  convState?: ShortConvState;
}

export interface LightNetLayerResult {
  /** [B, T, D] */
  readonly y: Tensor;
  /** To go on from, as `initialState`. */
  readonly state: LightNetState;
  /** To go on from, as `convState`; present with convolutions. */
  readonly conv?: ShortConvState;
}

const op = "lightnetLayer";
const finishes = ["norm-first", "gate-first", "norm-first-sigmoid"] as const;

function checkLayer(x: Tensor, weights: LightNetWeights, options: LightNetLayerOptions): void {
  const { heads, finish, position } = options;
  assertTensor(op, "x", x);
  if (x.rank !== 3) throw new ShapeError(op, "x", { expected: ["B", "T", "D"], actual: x.shape });
  if (!Number.isInteger(heads) || heads < 1) {
    throw new InputError(op, "heads", `is ${String(heads)}; expected a positive integer`);
  }
  if (finish !== undefined && !finishes.includes(finish)) {
    throw new InputError(op, "finish", `is ${String(finish)}; expected ${finishes.join(", ")}`);
  }
  if (position && position.kind !== "cosine") {
    throw new InputError(op, "position", "is rotary, which mixes channels of different decay; expected cosine");
  }
  const d = x.shape[2] as number;
  const { q, k, v, out, gateDown, gateUp, norm, scalarGate } = weights;
  const given = { q, k, v, out, gateDown, gateUp, norm, scalarGate };
  for (const [name, tensor] of Object.entries(given)) if (tensor !== undefined) assertTensor(op, name, tensor);
  const [keys, values, rank] = [q.shape[0], v.shape[0], gateDown.shape[0]] as [number, number, number];
  for (const [name, width] of Object.entries({ q: keys, v: values })) {
    if (width % heads === 0) continue;
    throw new ShapeError(op, name, { expected: `a multiple of the ${heads} heads in rows`, actual: [width, d] });
  }
  const shapes = { q: [keys, d], k: [keys, d], v: [values, d], out: [d, values], gateDown: [rank, d] };
  const more = { gateUp: [values, rank], norm: [values], scalarGate: [heads, d] };
  for (const [name, expected] of Object.entries({ ...shapes, ...more })) {
    const tensor = given[name as keyof typeof given];
    const fits =
      !tensor || (tensor.rank === expected.length && expected.every((extent, i) => tensor.shape[i] === extent));
    if (!fits) throw new ShapeError(op, name, { expected, actual: tensor.shape });
  }
  checkShortConv(op, weights.conv, options.convState, { q: keys, k: keys, v: values }, options);
}

/**
 * y = (finish(lightnet(silu(x q^T), x k^T, x v^T), x gateDown^T gateUp^T)) out^T for x [B, T, D] in f32 (Qin et al. 2024, and the
 * reference implementations of the layer). All of it is made of public operations, so a tape goes through it.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 */
export function lightnetLayer(x: Tensor, weights: LightNetWeights, options: LightNetLayerOptions): LightNetLayerResult {
  checkLayer(x, weights, options);
  const { heads, finish = "norm-first", eps = 1e-5, position, convState, on, scope, ...recurrence } = options;
  const inner = on ? { on } : {};
  const [batch, time] = x.shape as unknown as [number, number];
  const project = (weight: Tensor, activation?: "silu" | "sigmoid") =>
    matmul(x, weight, { transposeB: true, ...(activation && { activation }), ...inner });
  const conv: { -readonly [name in ConvName]?: Tensor } = {};
  const perHead = (name: ConvName, silu: boolean) => {
    const weight = weights.conv?.[name];
    let wide = project(weights[name], silu && !weight ? "silu" : undefined);
    if (weight) {
      const initialState = convState?.[name];
      ({ y: wide, state: conv[name] } = shortConv(wide, weight, {
        initialState,
        silu,
        ...inner,
        ...(scope && { scope }),
      }));
    }
    return wide.reshape([batch, time, heads, -1]);
  };
  return x.engine.scope(() => {
    const isScalar = weights.scalarGate !== undefined;
    const q = perHead("q", true);
    const k = perHead("k", isScalar);
    const v = perHead("v", false);
    const turned = turn({ q, k, ...(isScalar && { gate: project(weights.scalarGate as Tensor) }) }, position, inner);
    const { o, state } = lightnet(turned.q, turned.k, v, {
      ...recurrence,
      // Of the channels before they were doubled.
      scale: recurrence.scale ?? (q.shape[3] as number) ** -0.5,
      ...(turned.gate && { gate: turned.gate }),
      ...{ ...inner, ...(scope && { scope }) },
    });
    const wide = o.reshape([batch, time, -1]);
    const down = project(weights.gateDown);
    const activation = finish === "norm-first" ? ("silu" as const) : ("sigmoid" as const);
    const gate = matmul(down, weights.gateUp, { transposeB: true, activation, ...inner });
    const norm = { eps, ...(weights.norm && { weight: weights.norm }), ...inner };
    const finished =
      finish === "gate-first" ? rmsNorm(mul(wide, gate, inner), norm) : mul(rmsNorm(wide, norm), gate, inner);
    const y = matmul(finished, weights.out, { transposeB: true, ...inner, ...(scope && { scope }) });
    return { y, state, ...(weights.conv && { conv }) };
  });
}

interface Operands {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly gate?: Tensor;
}

/** Queries and normalised keys turned: the key's weight is its gate, over both the cosine and the sine half. */
function turn({ q, k, gate }: Operands, position: MdLrpe | undefined, on: CallOptions): Operands {
  if (!position) return gate ? { q, k, gate } : { q, k };
  if (gate) return { q: position.apply(q, on), k: position.apply(k, on), gate };
  const ones = fill(k.engine, k.shape, 1, on);
  return { q: position.apply(q, on), k: position.apply(ones, on), gate: concat([k, k], -1, on) };
}
