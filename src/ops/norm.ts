/**
 * layerNorm(a, { weight, bias, eps }): (x - mean) / sqrt(variance + eps) weight + bias over the last axis (Ba, Kiros and Hinton 2016).
 * rmsNorm(a, { weight, eps }): x / sqrt(mean of x^2 + eps) weight (Zhang and Sennrich 2019).
 *
 * dtypes: f32; f16 and bf16 (computed in f32, rounded once). weight and bias are [n] of the same dtype, or absent; eps is 1e-5 by
 * default. NaN or infinity in a row makes the row NaN. Mean and variance are taken in two passes, so a large mean costs no digits.
 */
import { InputError, ShapeError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { packParams } from "../backends/webgpu/run.js";
import { source as shader } from "../generated/shaders/norm.js";
import { source as quadsShader } from "../generated/shaders/norm-quads.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { shareRows } from "./normalize/gpu-rows.js";
import { type Rows, rowChunks, rowsAlong, rowsInto, rowsOnCpu } from "./normalize/rows.js";
import { placementOf } from "./support/call-options.js";
import { checkDType, checkSameDType, singleDTypes } from "./support/formats.js";
import { intoOperand, widenedRegion } from "./support/gpu-floats.js";

export interface RmsNormOptions extends CallOptions {
  weight?: Tensor;
  eps?: number;
}

export interface LayerNormOptions extends RmsNormOptions {
  bias?: Tensor;
}

export interface NormParams {
  readonly dtype: DType;
  readonly rows: Rows;
  readonly eps: number;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
}

function checkVector(op: string, name: string, vector: Tensor, a: Tensor, n: number): void {
  assertTensor(op, name, vector);
  checkSameDType(op, name, vector.dtype, "a", a.dtype);
  if (vector.rank !== 1 || vector.size !== n) throw new ShapeError(op, name, { expected: [n], actual: vector.shape });
}

function norm(name: string, centred: boolean, bound: string): Op<[a: Tensor, options?: LayerNormOptions], NormParams> {
  return defineOp({
    name,
    prepare: (a: Tensor, options: LayerNormOptions = {}) => {
      assertTensor(name, "a", a);
      checkDType(name, "a", a.dtype, singleDTypes);
      if (a.rank === 0) throw new ShapeError(name, "a", { expected: "at least one axis", actual: a.shape });
      const placement = placementOf(name, options);
      const { outer, n, inner } = rowsAlong(name, a.shape, -1);
      const { weight, bias, eps = 1e-5 } = options;
      if (!Number.isFinite(eps) || eps < 0)
        throw new InputError(name, "eps", `is ${String(eps)}; expected a number >= 0`);
      if (weight !== undefined) checkVector(name, "weight", weight, a, n);
      if (bias !== undefined && !centred) throw new InputError(name, "bias", "is not part of this normalisation");
      if (bias !== undefined) checkVector(name, "bias", bias, a, n);
      return {
        inputs: [a, ...(weight ? [weight] : []), ...(bias ? [bias] : [])],
        names: ["a", ...(weight ? ["weight"] : []), ...(bias ? ["bias"] : [])],
        outputs: [{ shape: a.shape, dtype: a.dtype }],
        params: {
          dtype: a.dtype,
          rows: { outer, n, inner },
          eps,
          hasWeight: weight !== undefined,
          hasBias: bias !== undefined,
        },
        ...placement,
      };
    },
    work: ({ dtype, rows: { outer, n } }) => ({
      operations: 6 * outer * n,
      bytes: 2 * outer * n * sizeOf(dtype),
      rate: "stream",
    }),
    wasm: {
      group: coreGroup,
      inPlace: true,
      run: (w, [src, ...vectors], [dst], { rows, eps, hasWeight, hasBias }) => {
        if (dst!.size === 0) return;
        const from = rowsOnCpu(w, src!, rows);
        const wide = vectors.map((vector) => rowsOnCpu(w, vector, { outer: 1, n: rows.n, inner: 1 }));
        const target = rowsInto(w, dst!, rows);
        const weight = hasWeight ? wide[0]! : 0;
        const bias = hasBias ? wide[hasWeight ? 1 : 0]! : 0;
        w.parallel(
          "f32_norm",
          rowChunks(rows).map(([row, count]) => {
            const skip = 4 * row * rows.n;
            return [from + skip, target.ptr + skip, count, rows.n, weight, bias, eps, centred ? 1 : 0];
          }),
        );
        target.finish();
      },
    },
    webgpu: {
      split: (params) => {
        const bytes = params.rows.n * sizeOf(params.dtype);
        const vectors = [params.hasWeight, params.hasBias].filter(Boolean).map(() => 0);
        return {
          units: params.rows.outer,
          inputBytes: [bytes, ...vectors],
          outputBytes: [bytes],
          narrow: (start, end) => ({ ...params, rows: { ...params.rows, outer: end - start } }),
        };
      },
      encode: (g, [src, ...vectors], [dst], { rows, eps, hasWeight, hasBias }) => {
        if (dst!.size === 0) return;
        const from = widenedRegion(g, src!);
        const wide = vectors.map((vector) => widenedRegion(g, vector));
        const { quads, constants, params, groups } = shareRows(rows);
        const has = { HAS_WEIGHT: String(hasWeight), HAS_BIAS: String(hasBias) };
        intoOperand(g, dst!, (to) =>
          g.dispatch({
            label: name,
            shader: quads ? quadsShader : shader,
            constants: { CENTRED: String(centred), ...has, ...constants },
            params: packParams(...params, { f32: eps }),
            bindings: [from, hasWeight ? wide[0]! : from, hasBias ? wide[hasWeight ? 1 : 0]! : from, to],
            groups,
          }),
        );
      },
    },
    bound,
  });
}

const normBound =
  "2^-21 (|y| + |weight|) on the CPU, where sums are f64; GPU (16 + n / 256) 2^-23 of the same. An f32 mean's own rounding is not amplified";

/** Zero mean and unit variance over the last axis, then weight and bias. */
export const layerNorm: Op<[a: Tensor, options?: LayerNormOptions], NormParams> = norm("layerNorm", true, normBound);
/** Unit mean square over the last axis, then weight. */
export const rmsNorm: Op<[a: Tensor, options?: RmsNormOptions], NormParams> = norm("rmsNorm", false, normBound);
