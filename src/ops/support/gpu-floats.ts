/** f32 regions for shaders that compute in f32 whatever the storage: f16 and bf16 are widened before and narrowed after. */
import type { GpuRegion, GpuRun } from "../../backends/webgpu/run.js";
import type { GpuOperand } from "../../engine/operation.js";
import { castOnGpu } from "./cast-calls.js";

/** The operand itself, or a widened copy. */
export function widenedRegion(g: GpuRun, operand: GpuOperand): GpuRegion {
  const { dtype, size } = operand;
  if (dtype !== "f16" && dtype !== "bf16") return operand;
  const wide = g.scratch(4 * size);
  castOnGpu(g, operand, wide, dtype, "f32", size);
  return wide;
}

/** Runs `encode` into the operand, or into an f32 region that is narrowed into it. */
export function intoOperand(g: GpuRun, operand: GpuOperand, encode: (dst: GpuRegion) => void): void {
  const { dtype, size } = operand;
  if (dtype !== "f16" && dtype !== "bf16") {
    encode(operand);
    return;
  }
  const wide = g.scratch(4 * size);
  encode(wide);
  castOnGpu(g, wide, operand, "f32", dtype, size);
}
