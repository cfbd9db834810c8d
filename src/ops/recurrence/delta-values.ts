/** What the delta rule asks of its inputs' values, beside what all recurrences do. */
import { InputError } from "../../backends/contract.js";
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import { recordAt, stepsOf } from "../attention/records.js";
import type { WasmOperand } from "../define-op.js";
import type { DeltaParams } from "./delta-params.js";
import { checkValues } from "./values.js";
import { widened } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

/** Room for the rounding of keys that were made unit vectors in f32 or a shorter type. */
const slack = { f32: 1e-5, f16: 4e-3, bf16: 4e-2 } as const;

/** @throws InputError naming the input; under `validate` also where a step would enlarge the state, saying by how much at most */
export function checkDeltaValues(op: string, w: Run, inputs: readonly WasmOperand[], params: DeltaParams): void {
  checkValues(w, op, inputs, params.names, params);
  if (!params.validate || params.allowNonContractive) return;
  const most = largestStrength(w, inputs, params);
  if (most <= 2 + slack[params.dtype as keyof typeof slack]) return;
  throw new InputError(
    op,
    "beta",
    `makes beta |k|^2 as large as ${most}, and above 2 a step enlarges the state (allowNonContractive lets it)`,
  );
}

/** The largest beta |k|^2; below 0 it is also an enlargement, and counts with 2 more. */
function largestStrength(w: Run, inputs: readonly WasmOperand[], params: DeltaParams): number {
  const { layout, batch, steps, householders, heads, valueHeads, k, at } = params;
  const read = (name: "k" | "beta") => {
    const operand = inputs[at[name]] as WasmOperand;
    return recordAt(w, widened(w, operand), 4 * operand.size).floats.slice();
  };
  const [keys, beta] = [read("k"), read("beta")];
  const [ofK, ofBeta] = [
    stepsOf(layout, steps * householders, heads, k),
    stepsOf(layout, steps * householders, valueHeads, 1),
  ];
  let most = 0;
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < steps * householders; t++) {
      for (let head = 0; head < valueHeads; head++) {
        const keyHead = Math.floor((head * heads) / valueHeads);
        const key = (b * ofK.batch + t * ofK.time + keyHead * ofK.head) / 4;
        let square = 0;
        for (let d = 0; d < k; d++) square += (keys[key + d] as number) ** 2;
        const strength = square * (beta[(b * ofBeta.batch + t * ofBeta.time + head * ofBeta.head) / 4] as number);
        most = Math.max(most, strength < 0 ? 2 - strength : strength);
      }
    }
  }
  return most;
}
