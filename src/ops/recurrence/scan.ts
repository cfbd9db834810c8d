/** Prefix sums, products, maxima and log-sum-exps along an axis. */

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
import { flagBytes, narrowed, scanOnGpu } from "./scan/gpu.js";
import { scanGroup } from "./scan/group.js";
import { type LineOptions, type Lines, linesOf } from "./scan/lines.js";
import { scanWords } from "./scan/words.js";
import { scanGradient } from "./scan-gradient.js";

export type ScanOperation = "add" | "multiply" | "max" | "logsumexp";

export interface ScanOptions extends LineOptions {
  /** "add" by default. */
  op?: ScanOperation;
}

export interface ScanParams {
  readonly operation: ScanOperation;
  readonly dtype: DType;
  readonly lines: Lines;
}

const name = "scan";

function prepare(a: Tensor, options: ScanOptions = {}): PreparedCall<ScanParams> {
  assertTensor(name, "a", a);
  const placement = placementOf(name, options);
  const operation = checkOneOf<ScanOperation>(name, "op", options.op, ["add", "multiply", "max", "logsumexp"]);
  checkDType(name, "a", a.dtype, operation === "logsumexp" ? ["f32"] : ["f32", "f64", "i32", "u32"]);
  const { lines, flags } = linesOf(name, a.shape, options);
  return {
    inputs: [a, ...flags],
    names: ["a", "segments"],
    outputs: [{ shape: a.shape, dtype: a.dtype }],
    params: { operation, dtype: a.dtype, lines },
    ...placement,
  };
}

/** Numbers of the shader. */
const gpuCodes = { add: 0, multiply: 1, max: 2 } as const;

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
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
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
    split: ({ operation, dtype, lines }) => {
      const bytes = lines.n * lines.inner * sizeOf(dtype);
      return {
        units: lines.outer,
        inputBytes: [bytes, ...flagBytes(lines)],
        outputBytes: [bytes],
        narrow: (start, end) => ({ operation, dtype, lines: narrowed(lines, start, end) }),
      };
    },
    encode: (g, [a, flags], [y], { operation, dtype, lines }) => {
      if (operation === "logsumexp") {
        const kind = { shader: exponentialsShader, constants: {}, run: 8, itemBytes: 16 };
        scanOnGpu(g, lines, flags, y!, { label: name, ...kind, inputs: [a!] });
        return;
      }
      const constants = { OP: gpuCodes[operation], FORMAT: formatOf(dtype) };
      scanOnGpu(g, lines, flags, y!, { label: name, shader, constants, run: 16, itemBytes: 8, inputs: [a!] });
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
