/** Sums of slopes: both gradients of an L-Mul matrix product by its true derivative. */
import type { WasmRun } from "../../backends/wasm/group.js";
import { packParams } from "../../backends/webgpu/run.js";
import type { CallOptions, GpuImplementation, PreparedCall, WasmOperand } from "../../engine/operation.js";
import type { LMulKernels } from "../../generated/kernels/l-mul.js";
import { source } from "../../generated/shaders/l-mul-slope-sums.js";
import { defineOp } from "../../ops/define-op.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { OperandDType } from "./format.js";
import { lmulGroup } from "./group.js";
import { widened } from "./operands.js";
import type { LMulOptions } from "./options.js";
import { placementOf } from "./placement.js";
import type { Rule } from "./rule.js";
import { formatCode, ruleConstants, ruleHeader, writeRule } from "./rule-block.js";
import { slopeRule } from "./slope.js";

export interface SlopeSumsParams {
  readonly rule: Rule;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly n: number;
  /** g, x, y and the result are stored transposed. */
  readonly transposed: boolean;
  readonly dtypes: readonly [OperandDType, OperandDType];
}

function runSlopeSums(
  w: WasmRun<LMulKernels>,
  [g, x, y]: readonly WasmOperand[],
  [result]: readonly WasmOperand[],
  { rule, batch, rows, columns, n, transposed }: SlopeSumsParams,
): void {
  if (!g || !x || !y || !result || result.size === 0) return;
  const rulePtr = writeRule(w, rule, { slope: true });
  const [xAt, yAt] = [widened(w, x, false), widened(w, y, false)];
  const sizes = { g: rows * n, x: rows * columns, y: columns * n };
  const spare = transposed ? [sizes.g, sizes.x, sizes.y, sizes.x].map((size) => w.scratch(Math.max(size, 1) * 4)) : [];
  for (let entry = 0; entry < batch; entry++) {
    const from = [g.ptr + 4 * entry * sizes.g, xAt + 4 * entry * sizes.x, yAt + 4 * entry * sizes.y];
    const to = result.ptr + 4 * entry * sizes.x;
    let [gRow, xRow, yRow] = from as [number, number, number];
    const out = transposed ? (spare[3] as number) : to;
    if (transposed) {
      const [gT, xT, yT] = spare as [number, number, number];
      w.kernels.lmul_transpose(gRow, gT, n, rows);
      w.kernels.lmul_transpose(xRow, xT, columns, rows);
      w.kernels.lmul_transpose(yRow, yT, n, columns);
      [gRow, xRow, yRow] = [gT, xT, yT];
    }
    const step = Math.max(1, Math.ceil(rows / (4 * w.threads)));
    const calls: number[][] = [];
    for (let row = 0; row < rows; row += step) {
      const [gAt, at] = [gRow + 4 * row * n, 4 * row * columns];
      calls.push([gAt, xRow + at, yRow, out + at, Math.min(step, rows - row), columns, n, rulePtr]);
    }
    w.parallel("lmul_slope_sums", calls);
    if (transposed) w.kernels.lmul_transpose(out, to, rows, columns);
  }
}

const slopeSumsGpu: GpuImplementation<SlopeSumsParams> = {
  encode(g, inputs, outputs, { rule, batch, rows, columns, n, transposed, dtypes }) {
    if (batch * rows * columns === 0) return;
    const use = { slope: true };
    g.dispatch({
      label: "l-mul-slope-sums",
      shader: source,
      constants: {
        X_FORMAT: `${formatCode[dtypes[0]]}u`,
        Y_FORMAT: `${formatCode[dtypes[1]]}u`,
        TRANSPOSED: transposed,
        ...ruleConstants(rule, use),
      },
      params: packParams(rows, columns, ...ruleHeader(rule, use), n, batch, 0, 0),
      bindings: [...inputs, ...outputs],
      groups: Math.ceil((batch * rows * columns) / 64),
    });
  },
};

/**
 * out[r, c] = sum over t of g[r, t] dL(x[r, c], y[c, t])/dx: both gradients of an L-Mul matrix product by its true
 * derivative. The caller has checked the shapes; for `transposed` all four are stored transposed.
 */
export const slopeSums = defineOp({
  name: "lmulMatmulGradient",
  prepare: (
    [g, x, y]: readonly [Tensor, Tensor, Tensor],
    sizes: Pick<SlopeSumsParams, "batch" | "rows" | "columns" | "n" | "transposed">,
    options: LMulOptions & CallOptions,
  ): PreparedCall<SlopeSumsParams> => ({
    inputs: [g, x, y],
    names: ["g", "x", "y"],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    params: {
      ...sizes,
      rule: slopeRule("lmulMatmulGradient", x, y, options),
      dtypes: [x.dtype as OperandDType, y.dtype as OperandDType],
    },
    ...placementOf("lmulMatmulGradient", options),
  }),
  work: ({ batch, rows, columns, n }) => ({
    operations: 2 * batch * rows * columns * n,
    bytes: 4 * batch * (rows * n + 2 * rows * columns + columns * n),
    rate: "integer" as const,
  }),
  wasm: { group: lmulGroup, run: runSlopeSums },
  webgpu: slopeSumsGpu,
  bound: "|d - oracle| <= 2^-23 n sum |g slope|: slopes are powers of two, so products are exact; sums in any order",
});
