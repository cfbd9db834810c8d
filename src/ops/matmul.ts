/** c = activation(a b + bias): batched matrix products with broadcasting, transposes and mixed storage types. */
import { DTypeError, InputError, ShapeError, UnsupportedError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import type { DType } from "../tensor/dtype.js";
import { broadcastShapes, type Shape, sizeOfShape } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type PreparedCall } from "./define-op.js";
import { type Activation, activationNames, isActivation } from "./matmul/activation.js";
import type { MatmulParams } from "./matmul/params.js";
import { runMatmul } from "./matmul/wasm.js";
import { matmulOnGpu } from "./matmul/webgpu.js";

export interface MatmulOptions extends CallOptions {
  /** a is stored as [..., k, m]. */
  transposeA?: boolean;
  /** b is stored as [..., n, k]. */
  transposeB?: boolean;
  /** [n], added to every row; f32, or f64 with f64 operands. */
  bias?: Tensor;
  /** Applied last. `gelu` is the exact one, x Phi(x). */
  activation?: Activation;
}

const storageTypes: readonly DType[] = ["f32", "f16", "bf16", "i8", "u8", "e4m3", "e5m2"];

/** The dtype of the product, or an error that names the operand at fault. */
function resultType(a: Tensor, b: Tensor): "f32" | "f64" {
  const expected = `f64 on both sides, or any of ${storageTypes.join(", ")}`;
  for (const [name, { dtype }] of [["a", a] as const, ["b", b] as const]) {
    if (dtype !== "f64" && !storageTypes.includes(dtype))
      throw new DTypeError("matmul", name, { expected, actual: dtype });
  }
  if (a.dtype === "f64" && b.dtype === "f64") return "f64";
  if (a.dtype === "f64" || b.dtype === "f64") {
    throw new DTypeError("matmul", "b", { expected: a.dtype === "f64" ? "f64, as a" : expected, actual: b.dtype });
  }
  return "f32";
}

function checkFlag(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw new InputError("matmul", name, `is ${String(value)}; expected a boolean`);
  return value;
}

function checkMatrix(name: string, tensor: unknown): asserts tensor is Tensor {
  assertTensor("matmul", name, tensor);
  if (tensor.rank < 2) throw new ShapeError("matmul", name, { expected: "at least two axes", actual: tensor.shape });
}

function prepare(a: Tensor, b: Tensor, options: MatmulOptions = {}): PreparedCall<MatmulParams> {
  checkMatrix("a", a);
  checkMatrix("b", b);
  const dtype = resultType(a, b);
  const transposeA = checkFlag("transposeA", options.transposeA);
  const transposeB = checkFlag("transposeB", options.transposeB);
  const { bias, activation, out, on, scope } = options;
  const [m, k] = lastTwo(a.shape, transposeA);
  const [kb, n] = lastTwo(b.shape, transposeB);
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  if (k !== kb) {
    const expected = [...batchB, ...(transposeB ? [n, k] : [k, n])];
    throw new ShapeError("matmul", "b", { expected, actual: b.shape });
  }
  if (bias !== undefined) {
    assertTensor("matmul", "bias", bias);
    if (bias.rank !== 1 || bias.shape[0] !== n) {
      throw new ShapeError("matmul", "bias", { expected: [n], actual: bias.shape });
    }
    if (bias.dtype !== dtype) throw new DTypeError("matmul", "bias", { expected: dtype, actual: bias.dtype });
  }
  if (activation !== undefined && !isActivation(activation)) {
    throw new InputError(
      "matmul",
      "activation",
      `is ${String(activation)}; expected one of ${activationNames.join(", ")}`,
    );
  }
  if (dtype === "f64" && activation !== undefined && activation !== "relu") {
    throw new UnsupportedError("matmul", `activation ${activation} needs an f32 result; f64 operands take relu only`);
  }
  const batch = broadcastShapes("matmul", [batchA, batchB], ["a", "b"]);
  const types = { a: a.dtype, b: b.dtype, result: dtype };
  const params = {
    m,
    n,
    k,
    transposeA,
    transposeB,
    batch,
    batchA,
    batchB,
    types,
    hasBias: bias !== undefined,
    activation,
  };
  return {
    inputs: bias ? [a, b, bias] : [a, b],
    names: ["a", "b", "bias"],
    outputs: [{ shape: [...batch, m, n], dtype }],
    out: [out],
    params,
    ...(on ? { on } : {}),
    ...(scope ? { scope } : {}),
  };
}

function lastTwo(shape: Shape, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

/**
 * Matrix product over the last two axes, the others broadcast as in NumPy: a [..., m, k], b [..., k, n] -> [..., m, n].
 *
 * Operands of any storage type (f32, f16, bf16, i8, u8, e4m3, e5m2), also mixed, are widened exactly and multiplied and
 * summed in f32; the result is f32. Two f64 operands give f64 (CPU only). An empty inner dimension gives zeros. NaN and
 * infinities follow IEEE arithmetic.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const y = matmul(x, weights, { transposeB: true, bias, activation: "gelu" });
 */
export const matmul = defineOp({
  name: "matmul",
  prepare,
  work: ({ m, n, k, batch, batchA, batchB, types }) => {
    const bytesOf = (shape: Shape, rows: number, columns: number, type: DType) =>
      sizeOfShape(shape) *
      rows *
      columns *
      (type === "f64" ? 8 : type === "f32" ? 4 : type === "f16" || type === "bf16" ? 2 : 1);
    return {
      operations: 2 * sizeOfShape(batch) * m * n * k,
      bytes: bytesOf(batchA, m, k, types.a) + bytesOf(batchB, k, n, types.b) + bytesOf(batch, m, n, types.result),
      rate: "multiply-add",
    };
  },
  wasm: { group: coreGroup, run: runMatmul },
  webgpu: matmulOnGpu,
  bound:
    "|c - exact| <= (k + 1) 2^-24 sum |a b| in f32 (2^-53 in f64): at most k roundings of products and k of sums, in any order " +
    "(Higham 2002, section 3.1); the bias adds one, an activation its own bound",
});
