/**
 * Arithmetic of two tensors under NumPy broadcasting: add, sub, mul, div, minimum, maximum, mod, pow.
 *
 * dtypes: f32; f16 and bf16 (computed in f32, rounded once); f64 (CPU); i32 and u32, which wrap; both operands of the same one.
 * Floats follow IEEE 754; minimum and maximum give NaN when either is. Integer division truncates towards zero, x / 0 and
 * mod(x, 0) are 0. mod has the sign of b, as Python's %. pow is of floats only.
 */
import { coreGroup } from "../backends/wasm/core-group.js";
import { source as shader } from "../generated/shaders/binary.js";
import { isFloat, sizeOf } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { type BinaryName, type BinaryRow, binaryTable } from "./elementwise/binary-table.js";
import { runBinary, runDoubles } from "./elementwise/binary-wasm.js";
import {
  type BroadcastParams,
  broadcastBytes,
  prepareBroadcast,
  splitBroadcast,
} from "./elementwise/broadcast-call.js";
import { broadcastParams, walkConstants } from "./elementwise/broadcast-gpu.js";
import { arithmeticDTypes, formatOf, realDTypes } from "./support/formats.js";
import { blocksOf, groupsFor } from "./support/gpu.js";

export type BinaryOp = Op<[a: Tensor, b: Tensor, options?: CallOptions], BroadcastParams>;

function binary(name: BinaryName): BinaryOp {
  const row: BinaryRow = binaryTable[name];
  const allowed = row.floatsOnly ? realDTypes : arithmeticDTypes;
  return defineOp({
    name,
    prepare: (a: Tensor, b: Tensor, options: CallOptions = {}) => prepareBroadcast(name, [a, b], options, { allowed }),
    work: (params) => ({
      operations: params.size,
      bytes: broadcastBytes(params, sizeOf(params.dtype)),
      rate: name === "pow" ? "special" : "stream",
    }),
    wasm: {
      group: coreGroup,
      // An operand of the result's size walks like the result: every element is read before its place is written.
      inPlace: true,
      run: (w, [a, b], [dst], { loops, dtype }) => {
        if (dtype === "f64" && row.f64) runDoubles(w, [a!, b!, dst!], loops, row.f64);
        else runBinary(w, a!, b!, dst!, { family: "binary", code: row.code, loops, resultBytes: sizeOf(dtype) });
      },
    },
    webgpu: {
      unsupported: (_, { dtype }) => (isFloat(dtype) ? row.noGpuFloats : undefined),
      split: (params) => {
        const bytes = sizeOf(params.dtype);
        return splitBroadcast(params, [bytes, bytes], bytes);
      },
      encode: (g, inputs, outputs, { dtype, size, loops }) => {
        const blocks = blocksOf(size * sizeOf(dtype));
        g.dispatch({
          label: name,
          shader,
          constants: { OP: `${row.code}u`, FORMAT: `${formatOf(dtype)}u`, ...walkConstants(loops) },
          params: broadcastParams(blocks, loops),
          bindings: [...inputs, ...outputs],
          groups: groupsFor(blocks),
        });
      },
    },
    bound: boundOf(row),
  });
}

function boundOf({ ulp, gpuUlp, bound }: BinaryRow): string {
  if (bound) return bound;
  const gpu = gpuUlp === undefined ? "" : ` (GPU ${gpuUlp})`;
  return ulp === 0 ? "exact" : `${ulp} ulp${gpu} of floats, then one rounding to f16 or bf16; integers exact`;
}

/** a + b. */
export const add: BinaryOp = binary("add");
/** a - b. */
export const sub: BinaryOp = binary("sub");
/** a b. */
export const mul: BinaryOp = binary("mul");
/** a / b; of integers towards zero, and 0 where b is 0. */
export const div: BinaryOp = binary("div");
/** The lesser of a and b; NaN if either is. */
export const minimum: BinaryOp = binary("minimum");
/** The greater of a and b; NaN if either is. */
export const maximum: BinaryOp = binary("maximum");
/** a - b floor(a / b); of integers 0 where b is 0. */
export const mod: BinaryOp = binary("mod");
/** a to the power of b, as IEEE 754 pow. */
export const pow: BinaryOp = binary("pow");
