/** Prefix sums, products, maxima and log-sum-exps along an axis. */

import { InputError, UnsupportedError } from "../../backends/contract.js";
import type { GpuCapabilities } from "../../backends/webgpu/run.js";
import { source as shader } from "../../generated/shaders/recurrence-scan.js";
import { source as exponentialsShader } from "../../generated/shaders/recurrence-scan-exponentials.js";
import type { DType } from "../../tensor/dtype.js";
import { sizeOf } from "../../tensor/dtype.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { checkDType, formatOf } from "../support/formats.js";
import { checkOneOf } from "./options.js";
import { scanExponentials } from "./scan/exponentials.js";
import { type FloatScan, scanFloats } from "./scan/floats.js";
import { scanOnGpu, whyNotScan } from "./scan/gpu.js";
import { gpuCodes, isOfQuads, type ScanVariant, scanQuadsOnGpu, whyNotSinglePass } from "./scan/gpu-words.js";
import { scanGroup } from "./scan/group.js";
import { type LineOptions, type Lines, linesOf } from "./scan/lines.js";
import { scanWords } from "./scan/words.js";
import { scanGradient } from "./scan-gradient.js";

export type ScanOperation = "add" | "multiply" | "max" | "logsumexp";

export interface ScanOptions extends LineOptions {
  /** "add" by default. */
  op?: ScanOperation;
  /**
   * How a GPU scans; other than "auto" it means `on: "webgpu"`. "single-pass" is for sums, products and maxima along the last
   * axis of more than 256 elements (a multiple of 4 unless there is one line), without segments, on real adapters with
   * subgroups. It moves 2 bytes where "reduce-then-scan" moves 3; its sums of f32 may differ in the last bits from call to call.
   * "auto" takes it for words and maxima, which do not.
   */
  variant?: "auto" | ScanVariant;
}

export interface ScanParams {
  readonly operation: ScanOperation;
  readonly dtype: DType;
  readonly lines: Lines;
  readonly variant: "auto" | ScanVariant;
}

const name = "scan";

function prepare(a: Tensor, options: ScanOptions = {}): PreparedCall<ScanParams> {
  assertTensor(name, "a", a);
  const placement = placementOf(name, options);
  const operation = checkOneOf<ScanOperation>(name, "op", options.op, ["add", "multiply", "max", "logsumexp"]);
  checkDType(name, "a", a.dtype, operation === "logsumexp" ? ["f32"] : ["f32", "f64", "i32", "u32"]);
  const { lines, flags } = linesOf(name, a.shape, options);
  const variant = checkOneOf<"auto" | ScanVariant>(name, "variant", options.variant, [
    "auto",
    "single-pass",
    "reduce-then-scan",
  ]);
  if (variant !== "auto" && placement.on === "wasm") {
    throw new InputError(name, "variant", `is ${variant}, a way of the GPU, and on is "wasm"`);
  }
  if (variant === "single-pass" && (operation === "logsumexp" || !isOfQuads(lines))) {
    throw new UnsupportedError(
      name,
      "a single pass scans sums, products and maxima along the last axis, of more than 256 elements, in one line or lines of a " +
        "multiple of 4, without segments",
    );
  }
  return {
    inputs: [a, ...flags],
    names: ["a", "segments"],
    outputs: [{ shape: a.shape, dtype: a.dtype }],
    params: { operation, dtype: a.dtype, lines, variant },
    ...placement,
    ...(variant === "auto" ? {} : { on: "webgpu" as const }),
  };
}

/**
 * How adjacent words are scanned on a device; undefined for other lines. "auto" takes a single pass where no order of joining
 * changes the bits, because in a single pass it depends on which workgroup is faster.
 */
function variantOn(caps: GpuCapabilities, { operation, dtype, lines, variant }: ScanParams): ScanVariant | undefined {
  if (operation === "logsumexp" || !isOfQuads(lines)) return undefined;
  if (variant !== "auto") return variant;
  const isExact = dtype !== "f32" || operation === "max";
  return isExact && !whyNotSinglePass(caps, lines) ? "single-pass" : "reduce-then-scan";
}

/** Number and unit of an operation on words, as the kernels know it. */
function wordMonoid(operation: FloatScan, signed: boolean) {
  if (operation === "add") return { code: 0, unit: 0 } as const;
  if (operation === "multiply") return { code: 1, unit: 1 } as const;
  return signed ? ({ code: 2, unit: -(2 ** 31) } as const) : ({ code: 3, unit: 0 } as const);
}

/**
 * y_t = a_0 op ... op a_t along an axis, for op the sum, the product, the greatest (a NaN wins) or log(e^x + e^y); `exclusive`
 * leaves a_t out, `reverse` runs from the end, `segments` begin anew. f32; sums, products and maxima also f64 (CPU), i32 and
 * u32, which wrap. An exclusive scan begins with 0, 1, the least value of the dtype, or -inf for "logsumexp".
 *
 * @throws ShapeError, DTypeError, InputError, UnsupportedError (a variant that cannot be), DisposedError, OutOfMemoryError
 * @example
 * const ends = scan(lengths);
 * const starts = scan(lengths, { exclusive: true });
 * const returns = scan(rewards, { reverse: true, segments: isFirstStep });
 */
export const scan: Op<[a: Tensor, options?: ScanOptions], ScanParams> = defineOp({
  name,
  prepare,
  work: ({ dtype, operation, lines: { outer, n, inner } }: ScanParams) => ({
    operations: outer * n * inner * (operation === "logsumexp" ? 3 : 1),
    bytes: 2 * outer * n * inner * sizeOf(dtype),
    launches: 3,
    rate: operation === "logsumexp" ? "special" : "stream",
  }),
  wasm: {
    group: scanGroup,
    run: (w, [a, flags], [y], { operation, lines, dtype }) => {
      const operands = [a!, flags] as const;
      if (operation === "logsumexp") scanExponentials(w, lines, operands, y!);
      else if (dtype === "f32" || dtype === "f64") scanFloats(w, operation, lines, operands, y!);
      else scanWords(w, wordMonoid(operation, dtype === "i32"), lines, operands, y!);
    },
  },
  webgpu: {
    bindsParts: true,
    unsupported: (caps, { lines, variant }) =>
      (variant === "single-pass" ? whyNotSinglePass(caps, lines) : undefined) ?? whyNotScan(caps, lines, 4),
    variant: (caps, params) => variantOn(caps, params) ?? "f32",
    encode: (g, [a, flags], [y], params) => {
      const { operation, dtype, lines } = params;
      const variant = variantOn(g.caps, params);
      const inputs = [[a!, 4]] as const;
      if (operation === "logsumexp") {
        const kind = { shader: exponentialsShader, constants: {}, run: 8, itemBytes: 16, elementBytes: 4 };
        scanOnGpu(g, lines, flags, y!, { label: name, ...kind, inputs });
      } else if (variant) scanQuadsOnGpu(g, lines, a!, y!, { label: name, operation, dtype, variant });
      else {
        const constants = { OP: gpuCodes[operation], FORMAT: formatOf(dtype) };
        scanOnGpu(g, lines, flags, y!, {
          label: name,
          shader,
          constants,
          run: 16,
          itemBytes: 8,
          inputs,
          elementBytes: 4,
        });
      }
    },
  },
  // Asked for when it is needed, because the rule is made of scans.
  get gradient() {
    return scanGradient;
  },
  bound:
    "sums: CPU 2 ulp of the result plus 6 2^-24 sum|x| (groups of 16 are summed in f32, groups in f64, whatever the length; f64 and " +
    "axes but the last: n 2^-53 sum|x| and one rounding); products: one rounding of a product in f64; maxima and words exact; " +
    "log-sum-exp: 1 ulp plus 2^-22 (1 + ln n)",
});
