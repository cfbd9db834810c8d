/** Inputs and outputs of a call by name, in f32. */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import type { GpuOperand } from "../../define-op.js";
import { intoOperand, widenedRegion } from "../../support/gpu-floats.js";

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

/** Runs `encode` into the operands, or into f32 regions that are narrowed into them. */
export function intoOperands<Name extends string>(
  g: GpuRun,
  names: readonly Name[],
  operands: readonly GpuOperand[],
  encode: (wide: Readonly<Record<Name, GpuRegion>>) => void,
): void {
  const wide: Partial<Record<Name, GpuRegion>> = {};
  const from = (index: number): void => {
    const operand = operands[index];
    if (!operand) {
      encode(wide as Record<Name, GpuRegion>);
      return;
    }
    intoOperand(g, operand, (region) => {
      wide[names[index] as Name] = region;
      from(index + 1);
    });
  };
  from(0);
}
