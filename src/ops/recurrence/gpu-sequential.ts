/** The recurrence step by step on the GPU, in one dispatch: short sequences and single steps. */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as sequentialShader } from "../../generated/shaders/recurrence-sequential.js";
import type { GpuOperand } from "../define-op.js";
import { formatOf } from "../support/formats.js";
import { flagsOf, strideOf } from "./gpu-chunks.js";
import { type GateOnGpu, scalarKinds } from "./gpu-gates.js";
import { isPacked } from "./gpu-segments.js";
import type { RecurrenceParams } from "./params.js";

export interface SequentialOperands {
  readonly q: GpuOperand;
  readonly k: GpuOperand;
  readonly v: GpuOperand;
  readonly gate: GateOnGpu | undefined;
  readonly bonus?: GpuOperand | undefined;
  readonly initial: GpuOperand | undefined;
}

/** Columns of v that a workgroup takes. */
const columns = 16;
/** Packed sequences whose bounds fit the parameters of one dispatch. */
const packedPerDispatch = 31;

/** @param exclusive o reads the state before it is written */
export function sequentialOnGpu(
  g: GpuRun,
  params: RecurrenceParams,
  { q, k, v, gate, bonus, initial }: SequentialOperands,
  [o, state]: readonly [GpuRegion, GpuRegion],
  { vector, exclusive = false }: { vector: boolean; exclusive?: boolean },
): void {
  const { sequences, steps, valueHeads, heads, stateLayout, scale, dtype, reverse } = params;
  const packed = isPacked(params);
  const perDispatch = packed ? packedPerDispatch : Math.max(1, sequences.length);
  const kind = gate ? scalarKinds[gate.kind] + (vector ? 2 : 0) : 0;
  for (let first = 0; first < sequences.length; first += perDispatch) {
    const some = sequences.slice(first, first + perDispatch);
    const offsets = packed
      ? [...some.map((one) => one.first), (some.at(-1)?.first ?? 0) + (some.at(-1)?.steps ?? 0)]
      : [];
    g.dispatch({
      label: "recurrence (sequential)",
      shader: sequentialShader,
      constants: {
        HAS_BONUS: bonus !== undefined,
        EXCLUSIVE: exclusive,
        FORMAT: formatOf(dtype),
        GATE: kind,
        ...(gate ? { GATE_FORMAT: formatOf(gate.operand.dtype) } : {}),
        KEYS: Math.ceil(params.k / 16) * 16,
      },
      params: packParams(
        ...[steps, valueHeads, params.k, params.v, { f32: scale }, valueHeads / heads],
        ...strideOf(params, "key", params.k),
        ...strideOf(params, "key", params.k),
        ...strideOf(params, "value", params.v),
        ...strideOf(params, "value", vector ? params.k : 1),
        ...strideOf(params, "value", params.v),
        ...[...(stateLayout === "kv" ? [params.v, 1] : [1, params.k]), first],
        flagsOf({ packed, backwards: reverse, initial: initial !== undefined }),
        ...offsets,
      ),
      bindings: [q, k, v, gate?.operand ?? q, bonus ?? q, initial ?? q, o, state],
      groups: some.length * valueHeads * Math.ceil(params.v / columns),
    });
  }
}
