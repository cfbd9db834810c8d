/**
 * Ordinary multiplication of low-precision operands: what L-Mul is compared with. Operands are rounded to a storage
 * format, their products are exact in f32, sums are f32 (or as `accumulate` says).
 */
import { DTypeError, InputError } from "../../backends/contract.js";
import type { CallOptions } from "../../engine/operation.js";
import { defineOp } from "../../ops/define-op.js";
import { encodeArray, floatFormats, type SmallFloat } from "../../tensor/codecs.js";
import { broadcastShapes, sizeOfShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { attentionWork, prepareAttention } from "./attention.js";
import { runAttention } from "./attention-cpu.js";
import { attentionGpu } from "./attention-gpu.js";
import type { LMulAttentionOptions } from "./attention-params.js";
import { broadcastAxes } from "./broadcast.js";
import { type ElementwiseParams, elementwiseCalls, elementwiseGpu, elementwiseWork } from "./elementwise.js";
import { formatOf, type OperandDType } from "./format.js";
import { lmulGroup } from "./group.js";
import { type LMulMatmulOptions, matmulWork, prepareMatmul, sumBound } from "./matmul.js";
import { runMatmul } from "./matmul-cpu.js";
import { matmulGpu } from "./matmul-gpu.js";
import type { LMulOptions } from "./options.js";
import { checkCall, placementOf } from "./placement.js";
import { resolveRule } from "./rule.js";
import { formatCode } from "./rule-block.js";
import { productGradient, productsGradient } from "./straight-through.js";

/** Options of L-Mul mean nothing to a multiplication. */
type WithoutRule<T> = Omit<T, Exclude<keyof LMulOptions, "saturate">>;

export type BaselineMatmulOptions = WithoutRule<LMulMatmulOptions>;
export type BaselineAttentionOptions = WithoutRule<LMulAttentionOptions>;

/** Product of two 8-bit tensors of one dtype, broadcast: decoded, multiplied exactly, rounded once to that dtype. */
export const fp8Multiply = defineOp({
  name: "fp8Multiply",
  prepare: (a: Tensor, b: Tensor, options: { saturate?: boolean } & CallOptions = {}) => {
    checkCall("fp8Multiply", { a, b }, options);
    if (a.dtype !== "e4m3" && a.dtype !== "e5m2") {
      throw new DTypeError("fp8Multiply", "a", { expected: "e4m3 or e5m2", actual: a.dtype });
    }
    if (b.dtype !== a.dtype) throw new DTypeError("fp8Multiply", "b", { expected: a.dtype, actual: b.dtype });
    const { saturate = true } = options;
    const shape = broadcastShapes("fp8Multiply", [a.shape, b.shape], ["a", "b"]);
    const params: ElementwiseParams = {
      rule: resolveRule("fp8Multiply", [a.dtype, b.dtype], { saturate }),
      use: { multiply: true, saturateSums: saturate },
      axes: broadcastAxes(shape, a.shape, b.shape),
      size: sizeOfShape(shape),
      dtypes: [a.dtype, b.dtype as OperandDType],
      resultBytes: 1,
    };
    const placement = placementOf("fp8Multiply", options);
    return { inputs: [a, b], names: ["a", "b"], outputs: [{ shape, dtype: a.dtype }], params, ...placement };
  },
  work: elementwiseWork,
  wasm: {
    group: lmulGroup,
    inPlace: true,
    run(w, [a, b], [result], { axes, size, dtypes, use }) {
      if (!a || !b || !result || size === 0) return;
      const rest = [formatCode[dtypes[0]], use.saturateSums ? 1 : 0];
      w.parallel("fp8_multiply", elementwiseCalls(axes, [a.ptr, b.ptr, result.ptr], 1, rest));
    },
  },
  webgpu: elementwiseGpu,
  gradient: productGradient,
  bound: "bit-equal on every backend: products are exact in f32 and rounded once; a NaN is 0x7f or 0x7e",
});

/** `lmulMatmul` with multiplications: the low-precision baseline for operands stored in 8 or 16 bits. */
export const baselineMatmul = defineOp({
  name: "baselineMatmul",
  prepare: (a: Tensor, b: Tensor, options: BaselineMatmulOptions = {}) =>
    prepareMatmul("baselineMatmul", a, b, options, { multiply: true }),
  work: matmulWork,
  wasm: { group: lmulGroup, run: runMatmul },
  webgpu: matmulGpu,
  gradient: productsGradient,
  bound: sumBound,
});

/** `lmulAttention` with multiplications; weights are rounded to v's dtype unless `weights` names another. No gradient. */
export const baselineAttention = defineOp({
  name: "baselineAttention",
  prepare: (q: Tensor, k: Tensor, v: Tensor, options: BaselineAttentionOptions = {}) =>
    prepareAttention("baselineAttention", [q, k, v], options, { multiply: true }),
  work: attentionWork,
  wasm: { group: lmulGroup, run: runAttention },
  webgpu: attentionGpu,
  bound: sumBound,
});

export interface Quantized {
  readonly tensor: Tensor;
  /** The stored values are those given times this. */
  readonly scale: number;
}

/**
 * Rounds an f32 tensor to a storage dtype, to nearest even, overflow to the largest value.
 * @param options `scaling: "amax"` first scales so that the largest magnitude becomes the format's largest value
 * @throws InputError or DTypeError naming the argument.
 * @example const { tensor, scale } = await quantize(x, "e4m3", { scaling: "amax" }); // tensor / scale is close to x
 */
export async function quantize(
  x: Tensor,
  dtype: SmallFloat,
  options: { scaling?: "none" | "amax"; scope?: CallOptions["scope"] } = {},
): Promise<Quantized> {
  assertTensor("quantize", "x", x);
  const { scaling = "none", scope } = options;
  if (x.dtype !== "f32") throw new DTypeError("quantize", "x", { expected: "f32", actual: x.dtype });
  if (!Object.hasOwn(floatFormats, dtype)) {
    throw new InputError("quantize", "dtype", `is ${String(dtype)}; expected ${Object.keys(floatFormats).join(", ")}`);
  }
  if (scaling !== "none" && scaling !== "amax") {
    throw new InputError("quantize", "scaling", `is ${String(scaling)}; expected "none" or "amax"`);
  }
  const { engine, shape } = x;
  const values = (await x.data()) as Float32Array;
  const amax = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = scaling === "amax" && amax > 0 && Number.isFinite(amax) ? largestValue(dtype) / amax : 1;
  const scaled = scale === 1 ? values : values.map((value) => value * scale);
  const bits = encodeArray(dtype, scaled, { saturate: true });
  return { tensor: engine.fromBits(bits, { shape, dtype, ...(scope && { scope }) }), scale };
}

function largestValue(dtype: SmallFloat): number {
  const { maxFinite, mantissaBits, bias } = formatOf(dtype);
  const [exponent, mantissa] = [maxFinite >> mantissaBits, maxFinite & (2 ** mantissaBits - 1)];
  return (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}
