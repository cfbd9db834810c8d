/** Matrix products on the CPU: which kernel, how the work is cut into blocks, and how blocks fall to threads. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import { sizeOf } from "../../tensor/dtype.js";
import { sizeOfShape } from "../../tensor/shape.js";
import type { WasmOperand } from "../define-op.js";
import { activationKernel } from "./activation.js";
import { blockedProducts } from "./blocked.js";
import { type MatmulParams, matrixIndices } from "./params.js";
import { isThin, thinProduct } from "./thin.js";

type Run = WasmRun<CoreKernels>;

/** One matrix product: addresses, extents and how the operands are stored. */
export interface Product {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export function runMatmul(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: MatmulParams,
): void {
  const [a, b, bias] = inputs as [WasmOperand, WasmOperand, WasmOperand | undefined];
  const [c] = outputs as [WasmOperand];
  if (c.size === 0) return;
  const products = productsOf(a.ptr, b.ptr, c.ptr, params);
  const finish = { bias: bias?.ptr ?? 0, activation: activationKernel(params.activation) };
  if (params.k === 0) {
    w.bytes(c.ptr, c.size * sizeOf(c.dtype)).fill(0);
    finishRows(w, c.ptr, c.size / params.n, params, finish);
    return;
  }
  const [first] = products as [Product];
  if (isThin(first, params.types)) {
    for (const product of products) thinProduct(w, product);
    finishRows(w, c.ptr, c.size / params.n, params, finish);
  } else blockedProducts(w, products, params.types, finish);
}

/** A batch that shares one b, its a untransposed, is a single product with more rows. */
function productsOf(a: number, b: number, c: number, params: MatmulParams): Product[] {
  const { m, n, k, transposeA, transposeB, batch, batchA, batchB, types } = params;
  const count = sizeOfShape(batch);
  if (!transposeA && sizeOfShape(batchB) === 1 && sizeOfShape(batchA) === count) {
    return [{ a, b, c, m: m * count, n, k, transposeA, transposeB }];
  }
  const whichA = matrixIndices(batch, batchA);
  const whichB = matrixIndices(batch, batchB);
  const [stepA, stepB, stepC] = [m * k * sizeOf(types.a), k * n * sizeOf(types.b), m * n * sizeOf(types.result)];
  return whichA.map((indexA, i) => ({
    a: a + indexA * stepA,
    b: b + (whichB[i] as number) * stepB,
    c: c + i * stepC,
    m,
    n,
    k,
    transposeA,
    transposeB,
  }));
}

export interface Finish {
  readonly bias: number;
  readonly activation: number;
}

/** Bias and activation as a pass of its own, for products whose kernel does not end with them. */
export function finishRows(
  w: Run,
  c: number,
  rows: number,
  { n, types }: { n: number; types: MatmulParams["types"] },
  finish: Finish,
): void {
  if (finish.bias === 0 && finish.activation < 0) return;
  const name = types.result === "f64" ? "f64_finish_rows" : "f32_finish_rows";
  const parts = rows * n < 1 << 15 ? 1 : Math.min(rows, 4 * w.threads);
  const step = Math.ceil(rows / parts);
  const calls = Array.from({ length: Math.ceil(rows / step) }, (_, i) => [
    c + i * step * n * sizeOf(types.result),
    n,
    Math.min(step, rows - i * step),
    n,
    finish.bias,
    finish.activation,
  ]);
  w.parallel(name, calls);
}
