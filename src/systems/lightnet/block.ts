/** A LightNet block: the token mixer and a gated channel mixer, each behind a norm and beside a residual. */
import { add, mul } from "../../ops/binary.js";
import type { CallOptions } from "../../ops/define-op.js";
import { matmul } from "../../ops/matmul.js";
import { rmsNorm } from "../../ops/norm.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type LightNetLayerOptions, type LightNetLayerResult, type LightNetWeights, lightnetLayer } from "./layer.js";

/** Matrices with rows for outputs. */
export interface GluWeights {
  /** [M, D] */
  readonly gate: Tensor;
  readonly up: Tensor;
  /** [D, M] */
  readonly down: Tensor;
}

export interface LightNetBlockWeights {
  readonly mixer: LightNetWeights;
  readonly glu: GluWeights;
  /** [D], ones when absent. */
  readonly mixerNorm?: Tensor;
  readonly gluNorm?: Tensor;
}

/** (silu(x gate^T) * x up^T) down^T over the last axis of x. */
export function gatedLinearUnit(x: Tensor, { gate, up, down }: GluWeights, options: CallOptions = {}): Tensor {
  const inner = options.on ? { on: options.on } : {};
  return x.engine.scope(() => {
    const gated = matmul(x, gate, { transposeB: true, activation: "silu", ...inner });
    return matmul(mul(gated, matmul(x, up, { transposeB: true, ...inner }), inner), down, {
      transposeB: true,
      ...options,
    });
  });
}

/**
 * h = x + lightnetLayer(norm(x)), y = h + gatedLinearUnit(norm(h)); x, y [B, T, D] in f32. The state is the layer's.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 */
export function lightnetBlock(
  x: Tensor,
  { mixer, glu, mixerNorm, gluNorm }: LightNetBlockWeights,
  options: LightNetLayerOptions,
): LightNetLayerResult {
  const { on, scope, eps = 1e-5 } = options;
  const inner = on ? { on } : {};
  const norm = (input: Tensor, weight: Tensor | undefined) =>
    rmsNorm(input, { eps, ...(weight && { weight }), ...inner });
  return x.engine.scope(() => {
    const { y, ...states } = lightnetLayer(norm(x, mixerNorm), mixer, options);
    const h = add(x, y, inner);
    if (scope) y.dispose();
    return {
      y: add(h, gatedLinearUnit(norm(h, gluNorm), glu, inner), { ...inner, ...(scope && { scope }) }),
      ...states,
    };
  });
}
