/**
 * Comparisons of two tensors under NumPy broadcasting: eq, ne, lt, le, gt, ge. The result is u8: 1 where true, 0 elsewhere.
 *
 * Any dtype, both operands of the same one. A NaN is unequal to everything and in no order; -0 equals 0. Exact everywhere (a GPU
 * may take subnormal numbers for 0). No gradient: the results count as constants.
 */
import { coreGroup } from "../backends/wasm/core-group.js";
import { source as shader } from "../generated/shaders/compare.js";
import { dtypes, sizeOf } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { runBinary } from "./elementwise/binary-wasm.js";
import {
  type BroadcastParams,
  broadcastBytes,
  prepareBroadcast,
  splitBroadcast,
} from "./elementwise/broadcast-call.js";
import { broadcastParams, walkConstants } from "./elementwise/broadcast-gpu.js";
import { formatOf } from "./support/formats.js";
import { groupsFor } from "./support/gpu.js";

export type CompareOp = Op<[a: Tensor, b: Tensor, options?: CallOptions], BroadcastParams>;

/** @param code of the kernels: 0 equal, 1 not equal, 2 less, 3 less or equal. @param swapped a > b is b < a */
function compare(name: string, code: number, swapped = false): CompareOp {
  return defineOp({
    name,
    prepare: (a: Tensor, b: Tensor, options: CallOptions = {}) =>
      prepareBroadcast(name, [a, b], options, { allowed: dtypes, result: "u8" }),
    work: (params) => ({ operations: params.size, bytes: broadcastBytes(params, 1), rate: "stream" }),
    wasm: {
      group: coreGroup,
      run: (w, [a, b], [dst], { loops }) => {
        const operands = swapped ? ([b!, a!] as const) : ([a!, b!] as const);
        const walked = swapped
          ? loops.map(({ extent, strides }) => ({ extent, strides: strides.toReversed() }))
          : loops;
        runBinary(w, ...operands, dst!, { family: "compare", code, loops: walked, resultBytes: 1 });
      },
    },
    webgpu: {
      split: (params) => splitBroadcast(params, [sizeOf(params.dtype), sizeOf(params.dtype)], 1),
      encode: (g, inputs, outputs, { dtype, size, loops }) => {
        const quads = Math.ceil(size / 4);
        g.dispatch({
          label: name,
          shader,
          constants: {
            OP: `${code}u`,
            SWAPPED: String(swapped),
            FORMAT: `${formatOf(dtype)}u`,
            ...walkConstants(loops),
          },
          params: broadcastParams(quads, loops),
          bindings: [...inputs, ...outputs],
          groups: groupsFor(quads),
        });
      },
    },
    bound: "exact",
  });
}

/** a = b. */
export const eq: CompareOp = compare("eq", 0);
/** a is not b; true for NaN. */
export const ne: CompareOp = compare("ne", 1);
/** a < b. */
export const lt: CompareOp = compare("lt", 2);
/** a <= b. */
export const le: CompareOp = compare("le", 3);
/** a > b. */
export const gt: CompareOp = compare("gt", 2, true);
/** a >= b. */
export const ge: CompareOp = compare("ge", 3, true);
