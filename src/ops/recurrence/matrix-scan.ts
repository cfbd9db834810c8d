/** Running products of small matrices, over (+, x) or (max, +). */
import { ShapeError } from "../../backends/contract.js";
import { source as shader } from "../../generated/shaders/recurrence-scan-matrices.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { checkDType } from "../support/formats.js";
import { checkOneOf } from "./options.js";
import { scanOnGpu, whyNotScan } from "./scan/gpu.js";
import { scanGroup } from "./scan/group.js";
import { type LineOptions, type Lines, linesOf } from "./scan/lines.js";
import { scanMatrices } from "./scan/matrices.js";

export type Semiring = "plus-times" | "max-plus";

export interface MatrixScanOptions extends LineOptions {
  /** "plus-times" by default; "max-plus" adds where that multiplies and takes the greatest where that adds. */
  semiring?: Semiring;
}

export interface MatrixScanParams {
  readonly dtype: DType;
  readonly k: number;
  readonly lines: Lines;
  readonly semiring: Semiring;
}

const op = "matrixScan";

function prepare(m: Tensor, options: MatrixScanOptions = {}): PreparedCall<MatrixScanParams> {
  assertTensor(op, "m", m);
  checkDType(op, "m", m.dtype, ["f32", "f64"]);
  const placement = placementOf(op, options);
  const k = m.shape.at(-1) ?? 0;
  if (m.rank < 3 || m.shape.at(-2) !== k || k < 1 || k > 4) {
    throw new ShapeError(op, "m", { expected: "[..., n, k, k] with k from 1 to 4", actual: m.shape });
  }
  const { lines, flags } = linesOf(op, m.shape.slice(0, -2), options);
  const semiring = checkOneOf<Semiring>(op, "semiring", options.semiring, ["plus-times", "max-plus"]);
  return {
    inputs: [m, ...flags],
    names: ["m", "segments"],
    outputs: [{ shape: m.shape, dtype: m.dtype }],
    params: { dtype: m.dtype, k, lines, semiring },
    ...placement,
  };
}

/**
 * P_t = M_t P_(t-1) over [..., n, k, k], k from 1 to 4: every matrix is applied after those before it in the direction of the scan.
 * `axis` counts the axes before the last two. An exclusive scan begins with the unit matrix (over (max, +): 0 on the diagonal, -inf
 * elsewhere). f32, or f64 (CPU). It has no gradient of its own.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const shortest = neg(matrixScan(neg(distances), { semiring: "max-plus" }));
 */
export const matrixScan: Op<[m: Tensor, options?: MatrixScanOptions], MatrixScanParams> = defineOp({
  name: op,
  prepare,
  work: ({ dtype, k, lines: { outer, n, inner } }: MatrixScanParams) => ({
    operations: 2 * k ** 3 * outer * n * inner,
    bytes: 2 * k ** 2 * outer * n * inner * sizeOf(dtype),
    launches: 3,
    rate: "multiply-add",
  }),
  wasm: {
    group: scanGroup,
    run: (w, [m, flags], [p], { k, lines, semiring }) =>
      scanMatrices(w, { k, tropical: semiring === "max-plus" }, lines, [m!, flags], p!),
  },
  webgpu: {
    bindsParts: true,
    unsupported: (caps, { k, lines }) => whyNotScan(caps, lines, 4 * k * k),
    encode: (g, [m, flags], [p], { k, lines, semiring }) =>
      scanOnGpu(g, lines, flags, p!, {
        label: op,
        shader,
        constants: { SIDE: k, TROPICAL: semiring === "max-plus" },
        lanes: 64,
        run: 4,
        itemBytes: 80,
        inputs: [[m!, 4 * k * k]],
        elementBytes: 4 * k * k,
      }),
  },
  bound:
    "CPU: one rounding of products in f64; GPU: n k 2^-24 of the product of the |M|, over (max, +) n 2^-24 of the greatest sum of |m|",
});
