/** Products without reuse - one to three rows, one column, or an inner dimension of one - which are cheapest unpacked. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import type { MatmulParams } from "./params.js";
import type { Product } from "./wasm.js";

const MOST_ROWS = 3;
/** Multiply-adds per thread below which waking it costs more than it brings. */
const WORTH_A_THREAD = 1 << 16;

export function isThin({ m, n, k, transposeA }: Product, types: MatmulParams["types"]): boolean {
  if (types.a !== "f32" || types.b !== "f32") return false;
  return k === 1 || n === 1 || m === 1 || (m <= MOST_ROWS && !transposeA);
}

export function thinProduct(w: WasmRun<CoreKernels>, { a, b, c, m, n, k, transposeA, transposeB }: Product): void {
  // With a single row, column or k, a matrix and its transpose lie in memory in the same way.
  if (k === 1 || (n > 1 && !transposeB)) rowsTimesMatrix(w, { a, b, c, m, n, k });
  else if (n > 1) {
    for (let i = 0; i < m; i++) dotProducts(w, { matrix: b, vector: a + 4 * i * k, c: c + 4 * i * n, rows: n, k });
  } else if (transposeA) rowsTimesMatrix(w, { a: b, b: a, c, m: 1, n: m, k });
  else dotProducts(w, { matrix: a, vector: b, c, rows: m, k });
}

/** Cuts `count` into ranges of a multiple of 16, so that vectors and tails fall alike for any number of threads. */
function ranges(count: number, work: number, threads: number): { start: number; size: number }[] {
  const parts = Math.max(1, Math.min(4 * threads, Math.floor(work / WORTH_A_THREAD)));
  const step = threads === 1 ? count : Math.ceil(count / parts / 16) * 16;
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => ({
    start: i * step,
    size: Math.min(step, count - i * step),
  }));
}

type Rows = Pick<Product, "a" | "b" | "c" | "m" | "n" | "k">;

function rowsTimesMatrix(w: WasmRun<CoreKernels>, { a, b, c, m, n, k }: Rows): void {
  const byColumns = n >= m;
  const calls = ranges(byColumns ? n : m, m * n * k, w.threads).map(({ start, size }) =>
    byColumns
      ? [a, k, b + 4 * start, n, c + 4 * start, n, m, size, k]
      : [a + 4 * start * k, k, b, n, c + 4 * start * n, n, size, n, k],
  );
  w.parallel("f32_gemm_thin", calls);
}

interface Dots {
  matrix: number;
  vector: number;
  c: number;
  rows: number;
  k: number;
}

function dotProducts(w: WasmRun<CoreKernels>, { matrix, vector, c, rows, k }: Dots): void {
  const calls = ranges(rows, rows * k, w.threads).map(({ start, size }) => [
    matrix + 4 * start * k,
    k,
    vector,
    c + 4 * start,
    1,
    size,
    k,
  ]);
  w.parallel("f32_gemv", calls);
}
