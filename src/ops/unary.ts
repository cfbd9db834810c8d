/**
 * Functions of one number, element by element. The table of src/ops/elementwise/unary-table.ts has each one's error bound.
 *
 * dtypes: f32; f16 and bf16 (computed in f32, rounded once); f64 (CPU, JavaScript's Math); neg, abs, sign, square and relu also
 * i32 and u32, where overflow wraps. NaN gives NaN, and so does an argument outside the domain; sin and cos reduce every f32
 * exactly. The sign of a zero result is not promised, and GPUs may flush subnormal arguments and results.
 */
import { InputError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { packParams } from "../backends/webgpu/run.js";
import { source as shader } from "../generated/shaders/unary.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { type UnaryName, type UnaryRow, unaryTable } from "./elementwise/unary-table.js";
import { runUnary } from "./elementwise/unary-wasm.js";
import { placementOf } from "./support/call-options.js";
import { arithmeticDTypes, checkDType, formatOf, realDTypes } from "./support/formats.js";
import { blocksOf, groupsFor } from "./support/gpu.js";

export interface UnaryParams {
  readonly row: UnaryRow;
  readonly dtype: DType;
  readonly size: number;
  /** Slope of leakyRelu, scale of elu. */
  readonly p: number;
}

export type UnaryOp = Op<[a: Tensor, options?: CallOptions], UnaryParams>;
export type ScaledUnaryOp = Op<[a: Tensor, options?: CallOptions & { alpha?: number }], UnaryParams>;

/** @param alpha the default of the function's parameter; absent for functions without one */
function unary(name: UnaryName, alpha?: number): ScaledUnaryOp {
  const row: UnaryRow = unaryTable[name];
  return defineOp({
    name,
    prepare: (a: Tensor, options: CallOptions & { alpha?: number } = {}) => {
      assertTensor(name, "a", a);
      checkDType(name, "a", a.dtype, row.integers ? arithmeticDTypes : realDTypes);
      const placement = placementOf(name, options);
      const p = alpha === undefined ? 0 : (options.alpha ?? alpha);
      if (!Number.isFinite(p)) throw new InputError(name, "alpha", `is ${String(p)}; expected a finite number`);
      return {
        inputs: [a],
        names: ["a"],
        outputs: [{ shape: a.shape, dtype: a.dtype }],
        params: { row, dtype: a.dtype, size: a.size, p },
        ...placement,
      };
    },
    work: ({ size, dtype }) => ({
      operations: size,
      bytes: 2 * size * sizeOf(dtype),
      rate: row.special ? "special" : "stream",
    }),
    wasm: { group: coreGroup, inPlace: true, run: (w, [src], [dst], params) => runUnary(w, src!, dst!, params) },
    webgpu: {
      split: (params) => ({
        units: params.size,
        inputBytes: [sizeOf(params.dtype)],
        outputBytes: [sizeOf(params.dtype)],
        narrow: (start, end) => ({ ...params, size: end - start }),
      }),
      encode: (g, inputs, outputs, { dtype, size, p }) => {
        const blocks = blocksOf(size * sizeOf(dtype));
        g.dispatch({
          label: name,
          shader,
          constants: { OP: `${row.code}u`, FORMAT: `${formatOf(dtype)}u` },
          params: packParams(blocks, { f32: p }, 0, 0, 0, 0),
          bindings: [...inputs, ...outputs],
          groups: groupsFor(Math.ceil(blocks / 2)),
        });
      },
    },
    bound: boundOf(row),
  });
}

function boundOf({ ulp, gpuUlp, perInput }: UnaryRow): string {
  const gpu = gpuUlp === undefined ? "" : ` (GPU ${gpuUlp})`;
  const extra = perInput === undefined ? "" : ` plus ${perInput} |x|, where the result cancels`;
  return ulp === 0 ? "exact" : `${ulp} ulp of the f32 result${gpu}${extra}; then one rounding to f16 or bf16`;
}

/** -x; integers wrap. */
export const neg: UnaryOp = unary("neg");
/** |x|; the least i32 stays itself. */
export const abs: UnaryOp = unary("abs");
/** -1, 0 or 1. No gradient: the result counts as a constant, as that of floor, ceil, round and trunc. */
export const sign: UnaryOp = unary("sign");
/** x^2. */
export const square: UnaryOp = unary("square");
/** max(x, 0). */
export const relu: UnaryOp = unary("relu");
/** The square root. */
export const sqrt: UnaryOp = unary("sqrt");
/** 1 / sqrt(x). */
export const rsqrt: UnaryOp = unary("rsqrt");
/** 1 / x. */
export const reciprocal: UnaryOp = unary("reciprocal");
/** The greatest integer not above x. No gradient. */
export const floor: UnaryOp = unary("floor");
/** The least integer not below x. No gradient. */
export const ceil: UnaryOp = unary("ceil");
/** The nearest integer, ties to even. No gradient. */
export const round: UnaryOp = unary("round");
/** The integer part, towards zero. No gradient. */
export const trunc: UnaryOp = unary("trunc");
/** e^x. */
export const exp: UnaryOp = unary("exp");
/** 2^x. */
export const exp2: UnaryOp = unary("exp2");
/** e^x - 1, exact for small x too. */
export const expm1: UnaryOp = unary("expm1");
/** The natural logarithm. */
export const log: UnaryOp = unary("log");
/** The logarithm to base 2. */
export const log2: UnaryOp = unary("log2");
/** ln(1 + x), exact for small x too. */
export const log1p: UnaryOp = unary("log1p");
/** The sine of an angle in radians. */
export const sin: UnaryOp = unary("sin");
/** The cosine of an angle in radians. */
export const cos: UnaryOp = unary("cos");
/** The hyperbolic tangent. */
export const tanh: UnaryOp = unary("tanh");
/** The error function. */
export const erf: UnaryOp = unary("erf");
/** The logistic function 1 / (1 + e^-x). */
export const sigmoid: UnaryOp = unary("sigmoid");
/** x sigmoid(x) (Elfwing, Uchibe and Doya 2018). */
export const silu: UnaryOp = unary("silu");
/** ln(1 + e^x). */
export const softplus: UnaryOp = unary("softplus");
/** x Phi(x) with the normal distribution function Phi (Hendrycks and Gimpel 2016, equation 1). */
export const gelu: UnaryOp = unary("gelu");
/** The approximation of gelu by tanh (Hendrycks and Gimpel 2016, equation 2). */
export const geluTanh: UnaryOp = unary("geluTanh");
/** x, or alpha x below zero; alpha is 0.01 by default. */
export const leakyRelu: ScaledUnaryOp = unary("leakyRelu", 0.01);
/** x, or alpha (e^x - 1) below zero (Clevert, Unterthiner and Hochreiter 2015); alpha is 1 by default. */
export const elu: ScaledUnaryOp = unary("elu", 1);
