/**
 * Looks at values before a call writes anything: growth where it is not allowed and, on request, NaN and infinities. The CPU
 * does (`check` of an operation); a GPU would have to wait for itself.
 */
import { InputError } from "../../backends/contract.js";
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import type { RecurrenceParams } from "./params.js";
import { widened } from "./wide.js";

const largest = (2 - 2 ** -23) * 2 ** 127;

export interface Range {
  readonly low: number;
  readonly high: number;
  readonly problem: string;
}

export const finite: Range = { low: -largest, high: largest, problem: "must be finite" };
const decays: Range = { low: -Infinity, high: 0, problem: "would make the state grow (allowGrowth lets it)" };
const factors: Range = { low: -1, high: 1, problem: "would make the state grow (allowGrowth lets it)" };
/** -Infinity, a hard reset, is no fault. */
const anyDecay: Range = { low: -Infinity, high: largest, problem: "must be finite or -Infinity" };

function rangeOf(
  name: string,
  { validate, allowGrowth }: Pick<RecurrenceParams, "validate" | "allowGrowth">,
): Range | undefined {
  if (name === "gate" || name === "decay") return allowGrowth ? (validate ? anyDecay : undefined) : decays;
  if (name === "signedGate" && !allowGrowth) return factors;
  return validate ? finite : undefined;
}

/**
 * @param names one per input, as the call's error messages have them
 * @throws InputError naming the input, the value and its index
 */
export function checkValues(
  w: WasmRun<RecurrenceKernels>,
  op: string,
  inputs: readonly WasmOperand[],
  names: readonly string[],
  params: Pick<RecurrenceParams, "validate" | "allowGrowth">,
): void {
  checkRanges(w, op, inputs, names, (name) => rangeOf(name, params));
}

/** The same with ranges of the operation's own; undefined where anything goes. */
export function checkRanges(
  w: WasmRun<RecurrenceKernels>,
  op: string,
  inputs: readonly WasmOperand[],
  names: readonly string[],
  rangeOf: (name: string) => Range | undefined,
): void {
  inputs.forEach((input, index) => {
    const name = names[index] as string;
    const range = rangeOf(name);
    if (!range) return;
    const at = widened(w, input);
    const found = w.kernels.f32_first_outside(at, input.size, range.low, range.high);
    if (found < 0) return;
    const bytes = w.bytes(at + 4 * found, 4);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
    throw new InputError(op, name, `is ${value} at [${indexIn(input.shape, found).join(", ")}] and ${range.problem}`);
  });
}

function indexIn(shape: readonly number[], flat: number): number[] {
  return shape
    .toReversed()
    .reduce<{ index: number[]; rest: number }>(
      ({ index, rest }, extent) => ({ index: [rest % extent, ...index], rest: Math.floor(rest / extent) }),
      { index: [], rest: flat },
    ).index;
}
