/** The GPU side of the L-Mul matrix product: 64 x 64 tiles through workgroup memory. */
import { packParams } from "../../backends/webgpu/run.js";
import type { GpuImplementation, GpuSplit } from "../../engine/operation.js";
import { source } from "../../generated/shaders/l-mul-matmul.js";
import { sizeOf } from "../../tensor/dtype.js";
import type { MatmulParams } from "./matmul-params.js";
import { formatCode, ruleConstants, ruleHeader } from "./rule-block.js";

const TILE = 64;

/** Products of the batch are independent, and so are the rows of a single one. */
function split(params: MatmulParams): GpuSplit<MatmulParams> {
  const { m, n, k, axes, batch, transposeA, dtypes } = params;
  const [axis] = axes;
  const [rowOfA, b] = [k * sizeOf(dtypes[0]), k * n * sizeOf(dtypes[1])];
  if (batch === 1 && !transposeA) {
    const narrow = (start: number, end: number) => ({ ...params, m: end - start });
    return { units: m, inputBytes: [rowOfA, 0, 0], outputBytes: [4 * n], narrow };
  }
  if (axes.length !== 1 || !axis) return { units: 1, inputBytes: [0, 0, 0], outputBytes: [0], narrow: () => params };
  return {
    units: batch,
    inputBytes: [axis.a * m * rowOfA, axis.b * b, 0],
    outputBytes: [4 * m * n],
    narrow: (start, end) => ({ ...params, batch: end - start, axes: [{ ...axis, extent: end - start }] }),
  };
}

export const matmulGpu: GpuImplementation<MatmulParams> = {
  // Params has 256 bytes, 64 of them before the axes.
  unsupported: (_, { axes }) => (axes.length > 12 ? "more than 12 batch axes that do not merge" : undefined),
  split,
  encode(g, inputs, outputs, params) {
    const { rule, use, m, n, k, transposeA, transposeB, axes, batch, dtypes, hasBias } = params;
    if (batch * m * n === 0) return;
    const [a, b, bias] = inputs;
    if (!a || !b) return;
    g.dispatch({
      label: "l-mul-matmul",
      shader: source,
      constants: {
        A_FORMAT: `${formatCode[dtypes[0]]}u`,
        B_FORMAT: `${formatCode[dtypes[1]]}u`,
        A_TRANSPOSED: transposeA,
        B_TRANSPOSED: transposeB,
        HAS_BIAS: hasBias,
        AXES: `${axes.length}u`,
        ...ruleConstants(rule, use),
      },
      params: packParams(
        m,
        n,
        ...ruleHeader(rule, use),
        k,
        0,
        0,
        0,
        ...axes.flatMap((axis) => [axis.extent, axis.a, axis.b, 0]),
      ),
      // A binding must exist; without a bias it is never read.
      bindings: [a, b, bias ?? b, ...outputs],
      groups: batch * Math.ceil(m / TILE) * Math.ceil(n / TILE),
    });
  },
};
