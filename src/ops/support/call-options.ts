/** The parts of a call that have nothing to do with what it computes. */
import { DisposedError, InputError } from "../../backends/contract.js";
import type { CallOptions, PreparedCall } from "../../engine/operation.js";
import { TensorHost } from "../../engine/tensor-host.js";

/** `out`, `on` and `scope` as the engine takes them; an operation of several results takes none of `out`. */
export function placementOf(op: string, options: CallOptions): Pick<PreparedCall<unknown>, "out" | "on" | "scope"> {
  if (options === null || typeof options !== "object") {
    throw new InputError(op, "options", `must be an object, got ${options === null ? "null" : typeof options}`);
  }
  const { out, on, scope } = options;
  return { ...(out ? { out: [out] } : {}), ...(on ? { on } : {}), ...(scope ? { scope } : {}) };
}

/** For operations that make tensors of nothing: that the first argument is an engine in use. */
export function assertEngine(op: string, value: unknown): asserts value is TensorHost {
  if (!(value instanceof TensorHost)) throw new InputError(op, "engine", "must be an engine");
  if (value.destroyed) throw new DisposedError(op, "engine", "is destroyed");
}
