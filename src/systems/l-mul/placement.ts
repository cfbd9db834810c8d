/** The options that every operation shares, as a prepared call wants them. */
import { InputError } from "../../backends/contract.js";
import type { CallOptions, PreparedCall } from "../../engine/operation.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";

export function placementOf(op: string, options: CallOptions): Pick<PreparedCall<unknown>, "out" | "on" | "scope"> {
  const { out, on, scope } = options;
  if (on !== undefined && on !== "wasm" && on !== "webgpu") {
    throw new InputError(op, "on", `is ${String(on)}; expected "wasm" or "webgpu"`);
  }
  return { out: [out], ...(on && { on }), ...(scope && { scope }) };
}

/** Throws unless every tensor is a live tensor and the options are an object. */
export function checkCall(op: string, tensors: Record<string, Tensor>, options: unknown): void {
  for (const [name, tensor] of Object.entries(tensors)) assertTensor(op, name, tensor);
  if (typeof options !== "object" || options === null) throw new InputError(op, "options", "must be an object");
}
