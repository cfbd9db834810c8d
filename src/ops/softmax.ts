/**
 * softmax, logSoftmax and logsumexp along an axis (the last by default), with the greatest element taken off first: nothing overflows.
 *
 * dtypes: f32; f16 and bf16 (computed in f32, rounded once). NaN in a line makes all of it NaN, and so does +inf; a line of -inf alone
 * gives NaN. logsumexp of +inf is +inf, of -inf alone -inf. A line of no elements gives nothing (logsumexp: -inf).
 */
import { coreGroup } from "../backends/wasm/core-group.js";
import { source as shader } from "../generated/shaders/softmax.js";
import { source as quadsShader } from "../generated/shaders/softmax-quads.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { shareRows } from "./normalize/gpu-rows.js";
import { type Rows, rowChunks, rowsAlong, rowsInto, rowsOnCpu } from "./normalize/rows.js";
import { placementOf } from "./support/call-options.js";
import { checkDType, singleDTypes } from "./support/formats.js";
import { intoOperand, widenedRegion } from "./support/gpu-floats.js";

export interface SoftmaxOptions extends CallOptions {
  axis?: number;
}

export interface LogsumexpOptions extends SoftmaxOptions {
  keepDims?: boolean;
}

interface SoftmaxParams {
  readonly dtype: DType;
  readonly rows: Rows;
}

/** @param kind of the kernels: 0 softmax, 1 log-softmax, 2 log-sum-exp */
function softmaxOp(
  name: string,
  kind: 0 | 1 | 2,
  bound: string,
): Op<[a: Tensor, options?: LogsumexpOptions], SoftmaxParams> {
  return defineOp({
    name,
    prepare: (a: Tensor, options: LogsumexpOptions = {}) => {
      assertTensor(name, "a", a);
      checkDType(name, "a", a.dtype, singleDTypes);
      const placement = placementOf(name, options);
      const { axis, ...rows } = rowsAlong(name, a.shape, options.axis ?? -1);
      const folded = options.keepDims ? a.shape.with(axis, 1) : a.shape.toSpliced(axis, 1);
      return {
        inputs: [a],
        names: ["a"],
        outputs: [{ shape: kind === 2 ? folded : a.shape, dtype: a.dtype }],
        params: { dtype: a.dtype, rows },
        ...placement,
      };
    },
    work: ({ dtype, rows: { outer, n, inner } }) => ({
      operations: outer * n * inner,
      bytes: outer * inner * (n + (kind === 2 ? 1 : n)) * sizeOf(dtype),
      rate: "special",
    }),
    wasm: {
      group: coreGroup,
      inPlace: true,
      run: (w, [src], [dst], { rows }) => {
        if (dst!.size === 0) return;
        const from = rowsOnCpu(w, src!, rows);
        const target = rowsInto(w, dst!, kind === 2 ? { outer: dst!.size, n: 1, inner: 1 } : rows);
        const { n } = rows;
        const calls = rowChunks(rows).map(([row, count]) => {
          const to = target.ptr + 4 * row * (kind === 2 ? 1 : n);
          return [from + 4 * row * n, to, count, n];
        });
        if (kind === 2) w.parallel("f32_logsumexp", calls);
        else {
          w.parallel(
            "f32_softmax",
            calls.map((call) => [kind, ...call]),
          );
        }
        target.finish();
      },
    },
    webgpu: {
      split: ({ dtype, rows }) => {
        const bytes = rows.inner * sizeOf(dtype);
        return {
          units: rows.outer,
          inputBytes: [rows.n * bytes],
          outputBytes: [kind === 2 ? bytes : rows.n * bytes],
          narrow: (start, end) => ({ dtype, rows: { ...rows, outer: end - start } }),
        };
      },
      encode: (g, [src], [dst], { rows }) => {
        if (dst!.size === 0) return;
        const from = widenedRegion(g, src!);
        const { quads, constants, params, groups } = shareRows(rows, kind < 2);
        intoOperand(g, dst!, (to) =>
          g.dispatch({
            label: name,
            shader: quads ? quadsShader : shader,
            constants: { KIND: `${kind}u`, ...constants },
            params: Uint32Array.from(params),
            bindings: [from, to],
            groups,
          }),
        );
      },
    },
    bound,
  });
}

/** e^(x - m) / sum of e^(x - m), m the greatest x of the line. */
export const softmax: Op<[a: Tensor, options?: SoftmaxOptions], SoftmaxParams> = softmaxOp(
  "softmax",
  0,
  "8 ulp + |x - m| 2^-24 relative (the difference is rounded before exp), GPU (16 + n / 256) ulp; below 2^-126 absolute",
);
/** x - m - ln(sum of e^(x - m)). */
export const logSoftmax: Op<[a: Tensor, options?: SoftmaxOptions], SoftmaxParams> = softmaxOp(
  "logSoftmax",
  1,
  "2^-22 (1 + |x - m| + ln n) absolute; GPU the same plus (16 + n / 256) 2^-24",
);
/** m + ln(sum of e^(x - m)). */
export const logsumexp: Op<[a: Tensor, options?: LogsumexpOptions], SoftmaxParams> = softmaxOp(
  "logsumexp",
  2,
  "1 ulp of the result plus 2^-22 (1 + ln n) absolute; GPU the same plus (16 + n / 256) 2^-24",
);
