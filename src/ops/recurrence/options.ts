/** The options that all recurrences share. */
import { InputError } from "../../backends/contract.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { AttentionLayout } from "../attention/options.js";
import type { CallOptions } from "../define-op.js";

/**
 * Step by step, or in chunks whose inner part is matrix products; "auto" takes chunks for sequences over
 * 64 steps, but for the delta rule forward on the CPU, which is faster step by step.
 */
export type RecurrenceForm = "auto" | "sequential" | "chunked";

/** Order of a state's last two axes: key channels by value channels (the row vector q times S is o), or the other way round. */
export type StateLayout = "kv" | "vk";

export interface RecurrenceOptions extends Omit<CallOptions, "out"> {
  /** Order of the axes of everything that has steps: [B, T, H, D] (default) or [B, H, T, D]; gates [B, T, H] or [B, H, T]. */
  layout?: AttentionLayout;
  /** State before the first step, f32, one per sequence; zeros by default. */
  initialState?: Tensor;
  /** Layout of every state of the call, [N, HV, K, V] ("kv", default) or [N, HV, V, K]. */
  stateLayout?: StateLayout;
  /** Multiplies q; K^-1/2 by default. */
  scale?: number;
  form?: RecurrenceForm;
  /** Steps of a chunk; by default what suits the backend, 64 or less. */
  chunk?: number;
  /** Packed sequences: B is 1 and steps cuSeqlens[s] .. cuSeqlens[s + 1] are sequence s, which may be empty. */
  cuSeqlens?: ArrayLike<number>;
  /** u8 or i32 [B, T]: where it is 0, a step neither writes nor decays, and its row of o is 0. */
  mask?: Tensor;
  /** Runs every sequence from its last step to its first. */
  reverse?: boolean;
  /** Allows gates that enlarge the state: log-decays above 0, factors beyond [-1, 1]. */
  allowGrowth?: boolean;
  /** Looks for NaN and infinities in all inputs first, and names the first; only on the CPU. */
  validate?: boolean;
}

/** @throws InputError naming the option */
export function checkOneOf<T>(op: string, name: string, value: T | undefined, allowed: readonly [T, ...T[]]): T {
  if (value === undefined) return allowed[0];
  if (allowed.includes(value)) return value;
  throw new InputError(
    op,
    name,
    `is ${String(value)}; expected ${allowed.map((one) => JSON.stringify(one)).join(" or ")}`,
  );
}

/** @throws InputError naming the option */
export function checkFlag(op: string, name: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw new InputError(op, name, `is ${String(value)}; expected a boolean`);
}
