/** Inputs of a call by name, in f32. */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import type { GpuOperand } from "../../define-op.js";
import { widenedRegion } from "../../support/gpu-floats.js";

/** @param at index of each input, -1 where it is absent */
export function operandsByName<Name extends string>(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  at: Readonly<Record<Name, number>>,
) {
  const optional = (name: Name): GpuRegion | undefined => {
    const operand = inputs[at[name]];
    return operand && widenedRegion(g, operand);
  };
  return { optional, given: (name: Name) => optional(name) as GpuRegion };
}
