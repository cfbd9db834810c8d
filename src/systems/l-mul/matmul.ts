/** Matrix products whose scalar products are L-Mul. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { CallOptions, PreparedCall } from "../../engine/operation.js";
import { defineOp } from "../../ops/define-op.js";
import { sizeOf } from "../../tensor/dtype.js";
import { broadcastShapes, type Shape, sizeOfShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { broadcastAxes } from "./broadcast.js";
import type { OperandDType } from "./format.js";
import { lmulGroup } from "./group.js";
import { runMatmul } from "./matmul-cpu.js";
import { matmulGpu } from "./matmul-gpu.js";
import type { MatmulParams } from "./matmul-params.js";
import { accumulateModes, type LMulSumOptions } from "./options.js";
import { checkCall, placementOf } from "./placement.js";
import { rawCounter } from "./raw-zeros.js";
import { resolveRule } from "./rule.js";
import type { RuleUse } from "./rule-block.js";
import { productsGradient } from "./straight-through.js";

export interface LMulMatmulOptions extends LMulSumOptions, CallOptions {
  /** a is stored as [..., k, m]. */
  transposeA?: boolean;
  /** b is stored as [..., n, k]. */
  transposeB?: boolean;
  /** [n] in f32, added to every row with ordinary additions. */
  bias?: Tensor;
}

/** How sums are kept, or an error that names the option. */
export function accumulation(op: string, { accumulate, saturate }: LMulSumOptions): RuleUse {
  if (accumulate === undefined) return {};
  if (!accumulateModes.includes(accumulate)) {
    throw new InputError(op, "accumulate", `is ${String(accumulate)}; expected ${accumulateModes.join(", ")}`);
  }
  return { accumulate, saturateSums: saturate ?? accumulate !== "bf16" };
}

function lastTwo(op: string, name: string, shape: Shape, transposed: unknown): [number, number] {
  if (transposed !== undefined && typeof transposed !== "boolean") {
    throw new InputError(op, `transpose${name.toUpperCase()}`, `is ${String(transposed)}; expected a boolean`);
  }
  if (shape.length < 2) throw new ShapeError(op, name, { expected: "at least two axes", actual: shape });
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

export function checkBias(op: string, bias: unknown, n: number): void {
  assertTensor(op, "bias", bias);
  if (bias.rank !== 1 || bias.shape[0] !== n) throw new ShapeError(op, "bias", { expected: [n], actual: bias.shape });
  if (bias.dtype !== "f32") throw new DTypeError(op, "bias", { expected: "f32", actual: bias.dtype });
}

/** Checks a product's arguments; `use` says what else than L-Mul may be asked of the kernels. */
export function prepareMatmul(
  op: string,
  a: Tensor,
  b: Tensor,
  options: LMulMatmulOptions,
  use: RuleUse = {},
): PreparedCall<MatmulParams> {
  checkCall(op, { a, b }, options);
  const { transposeA, transposeB, bias } = options;
  const rule = resolveRule(op, [a.dtype, b.dtype], options);
  const [m, k] = lastTwo(op, "a", a.shape, transposeA);
  const [inner, n] = lastTwo(op, "b", b.shape, transposeB);
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (k !== inner) {
    throw new ShapeError(op, "b", { expected: [...batchB, ...(transposeB ? [n, k] : [k, n])], actual: b.shape });
  }
  if (bias !== undefined) checkBias(op, bias, n);
  const batch = broadcastShapes(op, [batchA, batchB], ["a", "b"]);
  return {
    inputs: bias ? [a, b, bias] : [a, b],
    names: ["a", "b", "bias"],
    outputs: [{ shape: [...batch, m, n], dtype: "f32" }],
    params: {
      rule,
      use: { ...accumulation(op, options), ...use },
      m,
      n,
      k,
      transposeA: transposeA === true,
      transposeB: transposeB === true,
      axes: broadcastAxes(batch, batchA, batchB),
      batch: sizeOfShape(batch),
      dtypes: [a.dtype as OperandDType, b.dtype as OperandDType],
      hasBias: bias !== undefined,
      rawZeros: rawCounter(rule, a),
    },
    ...placementOf(op, options),
  };
}

/** Two operations per product, as everywhere: an integer addition in place of the multiplication, and a float addition. */
export function matmulWork({ batch, m, n, k, dtypes }: MatmulParams) {
  const bytes = batch * (m * k * sizeOf(dtypes[0]) + k * n * sizeOf(dtypes[1]) + m * n * 4);
  return { operations: 2 * batch * m * n * k, bytes, rate: "multiply-add" as const };
}

export const sumBound =
  "|c - oracle| <= 2^-23 k sum |term|: products are bit-equal, f32 additions may come in any order. On the CPU they come " +
  "in ascending k, so that the result is bit-equal to the oracle's on any number of threads; the step modes are " +
  "bit-equal everywhere";

/**
 * c[..., i, j] = sum over p of L-Mul(a[..., i, p], b[..., p, j]), batch axes broadcast as in NumPy.
 *
 * a [..., m, k] and b [..., k, n]: f32, bf16, f16, e4m3 or e5m2; c [..., m, n] is f32. The sums are ordinary float
 * additions, kept as `accumulate` says. An empty inner dimension gives zeros. Under a tape, the gradients are those of
 * ordinary products. Source: Luo and Sun 2024, section 2.4.
 *
 * @throws InputError, DTypeError or ShapeError naming the argument.
 * @example lmulMatmul(x, weights, { k: 4, transposeB: true })
 */
export const lmulMatmul = defineOp({
  name: "lmulMatmul",
  prepare: (a: Tensor, b: Tensor, options: LMulMatmulOptions = {}) => prepareMatmul("lmulMatmul", a, b, options),
  work: matmulWork,
  wasm: { group: lmulGroup, run: runMatmul },
  webgpu: matmulGpu,
  gradient: productsGradient,
  bound: sumBound,
});
