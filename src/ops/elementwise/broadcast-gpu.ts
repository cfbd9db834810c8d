/** The GPU side of broadcasting operations: which constants and parameters shaders/common/broadcast.wgsl wants. */
import type { Loop } from "../support/nest.js";
import { packLoops, walkOf } from "../support/nest.js";

const operandNames = ["A", "B", "C"] as const;

/** WALK_A, WALK_B, ... and whether a quad of the result never straddles two rows. */
export function walkConstants(loops: readonly Loop[]): Record<string, string> {
  const constants: Record<string, string> = { ALIGNED: String((loops[0] as Loop).extent % 4 === 0) };
  (loops[0] as Loop).strides.forEach((_, operand) => {
    constants[`WALK_${operandNames[operand]}`] = `${walkOf(loops, operand)}u`;
  });
  return constants;
}

/** The Params of these shaders: count of invocations, rank, then the loops. */
export function broadcastParams(invocations: number, loops: readonly Loop[]): Uint32Array {
  return Uint32Array.from([invocations, loops.length, ...packLoops(loops)]);
}
