/** How many chunks a pass takes: what its matrices need, and what a device has. */
import type { GpuLimits } from "../../../backends/webgpu/run.js";
import { gateWidth, paddedTo4, type RecurrenceCall } from "./call.js";
import { slotBytesOf, slotsToAlign } from "./chunks.js";

/** Matrices of a unit, by their shape, in a pass of the delta rule and, on top, of the low-rank recurrence. */
const matrices = {
  forward: { ofK: 7, ofV: 2, scores: 2, states: 1 },
  backward: { ofK: 11, ofV: 5, scores: 4, states: 1 },
} as const;
const ofKeys = { forward: { ofK: 2, ofV: 1, scores: 2 }, backward: { ofK: 3, ofV: 1, scores: 2 } } as const;

/** Enough to fill a large GPU; a device whose largest buffer is smaller has less. */
const mostBytes = 3 * 2 ** 29;
/** Operands, gradients and values lie side by side by role: four of k, or three of v. */
const roles = { ofK: 4, ofV: 3 } as const;

export type Direction = keyof typeof matrices;

export function chunksOfPass(limits: GpuLimits, call: RecurrenceCall, direction: Direction): number {
  const { k, v, chunk, heads, rowsBeforeGate } = call;
  const [ofK, ofV, scores, state] = [
    chunk * paddedTo4(k),
    chunk * paddedTo4(v),
    chunk * chunk,
    paddedTo4(k) * paddedTo4(v),
  ];
  const own = matrices[direction];
  const more = rowsBeforeGate ? ofKeys[direction] : { ofK: 0, ofV: 0, scores: 0 };
  const words =
    (own.ofK + more.ofK) * ofK +
    (own.ofV + more.ofV) * ofV +
    (own.scores + more.scores) * scores +
    own.states * state +
    2 * chunk * gateWidth(call);
  const largest = Math.max(roles.ofK * ofK, roles.ofV * ofV, scores);
  // A state more than there are chunks, and those before the first one that a binding has to begin with.
  const slots = limits.maxStorageBufferBindingSize / slotBytesOf(call) - slotsToAlign(call) + 1;
  const units = Math.min(
    Math.min(mostBytes, limits.maxBufferSize) / (4 * words),
    limits.maxStorageBufferBindingSize / (4 * largest),
  );
  return Math.max(1, Math.floor(Math.min(units / heads, slots / 2)));
}
