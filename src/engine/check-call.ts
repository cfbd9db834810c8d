/** What must hold of every call, whatever the operation: its tensors are alive, its own, and its results fit. */
import { DTypeError, InputError, ShapeError } from "../backends/contract.js";
import { sameShape } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import type { PreparedCall } from "./operation.js";
import { checkScope } from "./scope.js";
import type { TensorHost } from "./tensor-host.js";

/** @throws InputError, DisposedError, ShapeError, DTypeError naming the argument */
export function checkCall<P>(owner: TensorHost, op: string, call: PreparedCall<P>): void {
  checkScope(op, call.scope);
  for (const [index, input] of call.inputs.entries()) {
    checkOwner(owner, op, call.names?.[index] ?? `#${index}`, input);
  }
  for (const [index, { shape, dtype }] of call.outputs.entries()) {
    const out = call.out?.[index];
    if (out === undefined) continue;
    checkOwner(owner, op, "out", out);
    if (!sameShape(out.shape, shape)) throw new ShapeError(op, "out", { expected: shape, actual: out.shape });
    if (out.dtype !== dtype) throw new DTypeError(op, "out", { expected: dtype, actual: out.dtype });
    const other = call.out?.slice(0, index).find((earlier) => earlier && overlap(earlier, out));
    if (other) throw new InputError(op, "out", "names tensors that share memory for two results");
  }
}

function checkOwner(owner: TensorHost, op: string, argument: string, tensor: unknown): asserts tensor is Tensor {
  assertTensor(op, argument, tensor);
  if (tensor.engine !== owner) throw new InputError(op, argument, "belongs to another engine");
}

function overlap(a: Tensor, b: Tensor): boolean {
  if (a.storage !== b.storage) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
