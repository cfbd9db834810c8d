/** First-order linear recurrences along an axis. */
import { DTypeError, ShapeError } from "../../backends/contract.js";
import { source as shader } from "../../generated/shaders/recurrence-scan-affine.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { sameShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { checkDType, checkSameDType } from "../support/formats.js";
import { affineScanGradient } from "./affine-scan-gradient.js";
import { scanAffine } from "./scan/affine.js";
import { scanOnGpu, whyNotScan } from "./scan/gpu.js";
import { scanGroup } from "./scan/group.js";
import { type LineOptions, type Lines, linesOf } from "./scan/lines.js";

export interface AffineScanOptions extends LineOptions {
  /** h before the first step, in the shape of b without the axis; zeros by default. */
  initial?: Tensor;
}

export interface AffineScanParams {
  readonly dtype: DType;
  readonly lines: Lines;
  readonly hasInitial: boolean;
}

const op = "affineScan";

function prepare(a: Tensor, b: Tensor, options: AffineScanOptions = {}): PreparedCall<AffineScanParams> {
  assertTensor(op, "a", a);
  assertTensor(op, "b", b);
  const placement = placementOf(op, options);
  checkDType(op, "a", a.dtype, ["f32", "f64"]);
  checkSameDType(op, "b", b.dtype, "a", a.dtype);
  if (!sameShape(a.shape, b.shape)) throw new ShapeError(op, "b", { expected: a.shape, actual: b.shape });
  const { lines, flags, axis } = linesOf(op, b.shape, options);
  const { initial } = options;
  if (initial !== undefined) {
    assertTensor(op, "initial", initial);
    const expected = b.shape.toSpliced(axis, 1);
    if (!sameShape(initial.shape, expected)) throw new ShapeError(op, "initial", { expected, actual: initial.shape });
    if (initial.dtype !== a.dtype) throw new DTypeError(op, "initial", { expected: a.dtype, actual: initial.dtype });
  }
  return {
    inputs: [a, b, ...(initial ? [initial] : []), ...flags],
    names: ["a", "b", ...(initial ? ["initial"] : []), "segments"],
    outputs: [{ shape: b.shape, dtype: b.dtype }],
    params: { dtype: a.dtype, lines, hasInitial: initial !== undefined },
    ...placement,
  };
}

/**
 * h_t = a_t h_(t-1) + b_t along an axis, for coefficients of any sign and size, 0 among them. `exclusive` gives h before every
 * step; `reverse` runs from the end; a segment forgets the h before it, and its first h is b alone. a, b: f32, or f64 (CPU).
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const smoothed = affineScan(fill(x.shape, 0.9), mul(x, 0.1), { axis: 1, initial: last });
 */
export const affineScan: Op<[a: Tensor, b: Tensor, options?: AffineScanOptions], AffineScanParams> = defineOp({
  name: op,
  prepare,
  work: ({ dtype, lines: { outer, n, inner } }: AffineScanParams) => ({
    operations: 2 * outer * n * inner,
    bytes: 3 * outer * n * inner * sizeOf(dtype),
    launches: 3,
    rate: "stream",
  }),
  wasm: {
    group: scanGroup,
    run: (w, [a, b, ...others], [h], { lines, hasInitial }) => {
      const [initial, flags] = hasInitial ? others : [undefined, ...others];
      scanAffine(w, lines, { a: a!, b: b!, initial, flags }, h!);
    },
  },
  webgpu: {
    bindsParts: true,
    unsupported: (caps, { lines, hasInitial }) =>
      whyNotScan(caps, lines, 4, hasInitial ? 4 * lines.outer * lines.inner : 0),
    encode: (g, [a, b, ...others], [h], { lines, hasInitial }) => {
      const [initial, flags] = hasInitial ? others : [undefined, ...others];
      scanOnGpu(g, lines, flags, h!, {
        label: op,
        shader,
        constants: { HAS_INITIAL: hasInitial },
        run: 8,
        itemBytes: 16,
        inputs: [[a!, 4], [b!, 4], ...(initial ? [] : [[b!, 4] as const])],
        whole: initial ? [initial] : [],
        elementBytes: 4,
      });
    },
  },
  // Asked for when it is needed, because the rule is made of such scans.
  get gradient() {
    return affineScanGradient;
  },
  bound:
    "CPU: one rounding of a recurrence in f64, whose own error is 2^-52 of the sum of |a_t ... a_(s+1) b_s| per step that a term " +
    "lives; GPU: 64 2^-24 of that sum",
});
