/** The part of a prepared call that every operation takes from its options. */
import { InputError } from "../../backends/contract.js";
import type { CallOptions, PreparedCall } from "../../engine/operation.js";

/** `out`, `on` and `scope` as the engine takes them; an operation of several results takes none of `out`. */
export function placementOf(op: string, options: CallOptions): Pick<PreparedCall<unknown>, "out" | "on" | "scope"> {
  if (options === null || typeof options !== "object") {
    throw new InputError(op, "options", `must be an object, got ${options === null ? "null" : typeof options}`);
  }
  const { out, on, scope } = options;
  return { ...(out ? { out: [out] } : {}), ...(on ? { on } : {}), ...(scope ? { scope } : {}) };
}
