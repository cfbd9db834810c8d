/** What the elementwise operations share: how a broadcast call falls into kernel calls, and their one shader. */
import { packParams } from "../../backends/webgpu/run.js";
import type { GpuImplementation } from "../../engine/operation.js";
import { source } from "../../generated/shaders/l-mul-elementwise.js";
import { sizeOf } from "../../tensor/dtype.js";
import { type BroadcastAxis, broadcastRuns } from "./broadcast.js";
import type { OperandDType } from "./format.js";
import type { RawZeros } from "./raw-zeros.js";
import type { Rule } from "./rule.js";
import { formatCode, type RuleUse, ruleConstants, ruleHeader } from "./rule-block.js";

export interface ElementwiseParams {
  readonly rule: Rule;
  readonly use: RuleUse;
  readonly axes: readonly BroadcastAxis[];
  readonly size: number;
  readonly dtypes: readonly [OperandDType, OperandDType];
  readonly resultBytes: 1 | 4;
  readonly rawZeros?: RawZeros | undefined;
}

/** Elements per kernel call: what one thread takes at a time. */
const CHUNK = 1 << 15;

/** Bytes read and written, and three integer steps per element: two magnitudes, one sum. */
export function elementwiseWork({ size, dtypes, resultBytes }: ElementwiseParams) {
  const bytes = size * (sizeOf(dtypes[0]) + sizeOf(dtypes[1]) + resultBytes);
  return { operations: 3 * size, bytes, rate: "integer" as const };
}

/** Argument lists of a kernel (a, aStep, b, bStep, dst, n, ...rest), one per run. */
export function elementwiseCalls(
  axes: readonly BroadcastAxis[],
  [a, b, dst]: readonly [number, number, number],
  bytes: number,
  rest: readonly number[],
): number[][] {
  const inner = axes.at(-1) as BroadcastAxis;
  const calls: number[][] = [];
  for (const run of broadcastRuns(axes, CHUNK)) {
    const [from, to] = [a + run.a * bytes, b + run.b * bytes];
    calls.push([from, inner.a * bytes, to, inner.b * bytes, dst + run.result * bytes, run.length, ...rest]);
  }
  return calls;
}

/** The GPU side of L-Mul and of the fp8 product. */
export const elementwiseGpu: GpuImplementation<ElementwiseParams> = {
  // Params has 256 bytes, 48 of them before the axes.
  unsupported: (_, { axes }) => (axes.length > 13 ? "more than 13 axes that do not merge" : undefined),
  split: (params) => {
    const { axes, size, dtypes, resultBytes } = params;
    const [axis] = axes;
    // Along more than one axis an operand does not fall into slices.
    if (axes.length !== 1 || !axis) return { units: 1, inputBytes: [0, 0], outputBytes: [0], narrow: () => params };
    return {
      units: size,
      inputBytes: [axis.a * sizeOf(dtypes[0]), axis.b * sizeOf(dtypes[1])],
      outputBytes: [resultBytes],
      narrow: (start, end) => ({
        ...params,
        size: end - start,
        axes: [{ ...axis, extent: end - start }],
      }),
    };
  },
  encode(g, inputs, outputs, { rule, use, axes, size, dtypes, resultBytes }) {
    g.dispatch({
      label: "l-mul-elementwise",
      shader: source,
      constants: {
        A_FORMAT: `${formatCode[dtypes[0]]}u`,
        B_FORMAT: `${formatCode[dtypes[1]]}u`,
        RESULT_BYTES: `${resultBytes}u`,
        AXES: `${axes.length}u`,
        ...ruleConstants(rule, use),
      },
      params: packParams(size, 0, ...ruleHeader(rule, use), ...axes.flatMap(({ extent, a, b }) => [extent, a, b, 0])),
      bindings: [...inputs, ...outputs],
      groups: Math.ceil(size / 256),
    });
  },
};
