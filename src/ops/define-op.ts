/**
 * The one way to make an operation, for the engine's own and for a user's: own WebAssembly kernels, own WGSL, or plain
 * TypeScript. The result is a function that checks its arguments, lets the engine place the call and returns tensors.
 */
import { InputError } from "../backends/contract.js";
import type { OpSpec } from "../engine/operation.js";
import { hostOf } from "../engine/tensor-host.js";
import type { Tensor } from "../tensor/tensor.js";

export type {
  CallOptions,
  GpuImplementation,
  GpuOperand,
  GpuSplit,
  OpSpec,
  OutputSpec,
  PlainImplementation,
  PlainOperand,
  PreparedCall,
  RateClass,
  WasmImplementation,
  WasmOperand,
  Work,
} from "../engine/operation.js";

/** A callable operation; `spec` is its whole description, which engine.explain() and engine.warmup() read. */
export interface Op<Args extends readonly unknown[], P, R = Tensor> {
  (...args: Args): R;
  // biome-ignore lint/suspicious/noExplicitAny: the kernel type matters only inside the op file
  readonly spec: OpSpec<Args, P, R, any>;
}

/**
 * @throws InputError when the spec names no implementation.
 * @example
 * const triple = defineOp({
 *   name: "triple",
 *   prepare: (a: Tensor) => ({ inputs: [a], outputs: [{ shape: a.shape, dtype: a.dtype }], params: undefined }),
 *   work: () => ({ operations: 1, bytes: 8, rate: "stream" }),
 *   plain: { run: ([a], [out]) => a.bits.forEach((x, i) => { out.bits[i] = 3 * Number(x); }) },
 *   bound: "exact",
 * });
 */
export function defineOp<Args extends readonly unknown[], P, R = Tensor, K = object>(
  spec: OpSpec<Args, P, R, K>,
): Op<Args, P, R> {
  if (!spec.wasm && !spec.plain && !spec.webgpu) {
    throw new InputError("defineOp", "spec", `(${spec.name}) has no wasm, plain or webgpu implementation`);
  }
  const call = (...args: Args): R => {
    const prepared = spec.prepare(...args);
    const outputs = hostOf(spec.name, prepared).execute(spec, prepared, args);
    return spec.finish ? spec.finish(outputs, prepared.params) : (outputs[0] as R);
  };
  return Object.assign(call, { spec });
}
