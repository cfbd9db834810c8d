/**
 * What every operation of the core says of its gradient. The core itself does not know these, so that a page without gradients does
 * not download them; other operations bring their own in their spec.
 */
import { UnsupportedError } from "../backends/contract.js";
import type { Gradient } from "../engine/gradient.js";
import type { AnySpec } from "../engine/placement.js";
import { argmax, argmin } from "../ops/arg.js";
import { attention, attentionWithLse } from "../ops/attention.js";
import { attentionGradient, attentionWithLseGradient } from "../ops/attention-gradient.js";
import * as binary from "../ops/binary.js";
import { binaryGradients } from "../ops/binary-gradient.js";
import { broadcastTo, copy } from "../ops/broadcast-to.js";
import { broadcastToGradient, copyGradient } from "../ops/broadcast-to-gradient.js";
import { cast } from "../ops/cast.js";
import { castGradient } from "../ops/cast-gradient.js";
import { clamp } from "../ops/clamp.js";
import { clampGradient } from "../ops/clamp-gradient.js";
import * as compare from "../ops/compare.js";
import { concat, stack } from "../ops/concat.js";
import { concatGradient } from "../ops/concat-gradient.js";
import { fill } from "../ops/fill.js";
import { gather } from "../ops/gather.js";
import { gatherGradient } from "../ops/gather-gradient.js";
import { matmul } from "../ops/matmul.js";
import { matmulGradient } from "../ops/matmul-gradient.js";
import { layerNorm, rmsNorm } from "../ops/norm.js";
import { layerNormGradient, rmsNormGradient } from "../ops/norm-gradient.js";
import { pad } from "../ops/pad.js";
import { padGradient } from "../ops/pad-gradient.js";
import * as random from "../ops/random.js";
import * as reduce from "../ops/reduce.js";
import { reduceGradients } from "../ops/reduce-gradient.js";
import { scatter } from "../ops/scatter.js";
import { scatterGradient } from "../ops/scatter-gradient.js";
import { slice } from "../ops/slice.js";
import { sliceGradient } from "../ops/slice-gradient.js";
import * as softmax from "../ops/softmax.js";
import { softmaxGradients } from "../ops/softmax-gradient.js";
import { transpose } from "../ops/transpose.js";
import { transposeGradient } from "../ops/transpose-gradient.js";
import * as unary from "../ops/unary.js";
import { unaryGradients } from "../ops/unary-gradient.js";
import { where } from "../ops/where.js";
import { whereGradient } from "../ops/where-gradient.js";

interface Differentiable {
  readonly spec: AnySpec;
}

// biome-ignore lint/suspicious/noExplicitAny: the table holds rules of every parameter type
type AnyGradient = Gradient<any>;

const constants = (ops: Readonly<Record<string, unknown>>, constant: string): [Differentiable, AnyGradient][] =>
  Object.values(ops).map((op) => [op as Differentiable, { constant }]);

/** The rules of a family, by the names of its operations. */
const family = (
  ops: Readonly<Record<string, unknown>>,
  gradients: Readonly<Record<string, AnyGradient>>,
): [Differentiable, AnyGradient][] =>
  Object.entries(gradients).map(([name, gradient]) => [ops[name] as Differentiable, gradient]);

const rows: readonly [Differentiable, AnyGradient][] = [
  ...family(unary, unaryGradients),
  ...family(binary, binaryGradients),
  ...family(reduce, reduceGradients),
  ...family(softmax, softmaxGradients),
  [where, whereGradient],
  [clamp, clampGradient],
  [cast, castGradient],
  [concat, concatGradient],
  [stack, concatGradient],
  [slice, sliceGradient],
  [pad, padGradient],
  [transpose, transposeGradient],
  [broadcastTo, broadcastToGradient],
  [copy, copyGradient],
  [gather, gatherGradient],
  [scatter, scatterGradient],
  [layerNorm, layerNormGradient],
  [rmsNorm, rmsNormGradient],
  [matmul, matmulGradient],
  [attention, attentionGradient],
  [attentionWithLse, attentionWithLseGradient],
  ...constants(compare, "a comparison is flat wherever it is not a step"),
  ...constants({ argmax, argmin }, "a place is an integer"),
  ...constants({ fill, ...random }, "it has no operands"),
];

let table: ReadonlyMap<AnySpec, AnyGradient> | undefined;

/** Undefined for an operation through which no gradient gets. */
export function gradientOf(spec: AnySpec): AnyGradient | undefined {
  if (spec.gradient) return spec.gradient;
  table ??= new Map(rows.map(([op, gradient]) => [op.spec, gradient]));
  return table.get(spec);
}

/** The rule of a call whose operand needs a gradient; undefined where the results count as constants. */
export function ruleOf(spec: AnySpec, argument: string) {
  const gradient = gradientOf(spec);
  if (gradient === undefined) {
    throw new UnsupportedError(
      spec.name,
      `argument ${argument} needs a gradient, and the operation has none; hand it stopGradient(${argument}) if it shall count as a constant`,
    );
  }
  return "constant" in gradient ? undefined : gradient;
}
