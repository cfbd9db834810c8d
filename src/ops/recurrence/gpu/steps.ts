/** A recurrence of rank-one steps, step by step in one dispatch per run of equal sequences. */
import { type GpuRegion, type GpuRun, packParams } from "../../../backends/webgpu/run.js";
import { source as copyShader } from "../../../generated/shaders/copy.js";
import { source as fillShader } from "../../../generated/shaders/fill.js";
import { source as stepsShader } from "../../../generated/shaders/recurrence-delta-steps.js";
import { blocksOf, groupsFor } from "../../support/gpu.js";
import { gateKinds, orderFields, type RecurrenceCall } from "./call.js";
import type { RankOneTensors } from "./rank-one.js";

/** Columns of v, and shares of the rows of k, of a workgroup. */
const columns = 16;
const shares = 16;

/** The states before the first step where the ones after the last will be. */
function begin(g: GpuRun, initial: GpuRegion | undefined, states: GpuRegion): void {
  const blocks = blocksOf(states.bytes);
  if (initial) {
    const groups = groupsFor(Math.ceil(blocks / 2));
    g.dispatch({
      label: "copy",
      shader: copyShader,
      params: packParams(blocks, 0),
      bindings: [initial, states],
      groups,
    });
    return;
  }
  const groups = groupsFor(blocks);
  g.dispatch({ label: "fill", shader: fillShader, params: packParams(blocks, 0, 0), bindings: [states], groups });
}

/** A power of two: few variants to compile. */
function rowsOfInvocation(k: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, k / shares)));
}

export function encodeSteps(
  g: GpuRun,
  call: RecurrenceCall,
  { q, k, v, gate, beta, factors }: RankOneTensors,
  { initial, final }: { readonly initial: GpuRegion | undefined; readonly final: GpuRegion },
  o: GpuRegion,
): void {
  begin(g, initial, final);
  const first = factors?.a ?? beta ?? q;
  let [row, sequence] = [0, 0];
  for (const { length, count } of call.runs) {
    const rows = length * call.householders;
    g.dispatch({
      label: "recurrence (steps)",
      shader: stepsShader,
      constants: { LOW_RANK: factors !== undefined, ROWS: rowsOfInvocation(call.k) },
      params: packParams(
        ...[row, rows, sequence, call.heads, call.share, call.householders, call.k, call.v, { f32: call.scale }],
        ...[gateKinds[call.gate], Number(call.signed), Number(call.valueFirst), ...orderFields(call), 0, 0],
      ),
      bindings: [q, k, v, first, factors?.b ?? first, gate ?? q, final, o],
      groups: rows === 0 ? 0 : count * call.heads * Math.ceil(call.v / columns),
    });
    row += rows * count;
    sequence += count;
  }
}
