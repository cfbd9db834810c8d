/** What the selective scan and its gradients share on the GPU: chunks, their tables, operands in f32, and variants of the shaders. */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import type { GpuOperand } from "../define-op.js";
import { moveOnGpu, wholeRegion } from "../movement/region.js";
import { widenedRegion } from "../support/gpu-floats.js";
import { tableOnGpu } from "./gpu-segments.js";
import type { SelectiveScanInput, SelectiveScanParams } from "./selective-scan-params.js";

const groupWidth = 64;

/** More states than an invocation has registers for. */
export const mostStates = 256;

/** The call cut into chunks of steps. */
export class SelectiveChunks {
  readonly count: number;
  /** One entry of four words per chunk, and two per sequence; unused where all sequences are the batch's entries. */
  readonly table: GpuRegion;
  readonly ranges: GpuRegion;
  readonly isRegular: boolean;
  readonly perSequence: number;

  constructor(
    readonly g: GpuRun,
    readonly params: SelectiveScanParams,
    readonly size: number,
  ) {
    const { sequences, steps } = params;
    const ofSequence = (length: number) => Math.ceil(length / size);
    this.isRegular = sequences.every((sequence, s) => sequence.batch === s && sequence.steps === steps);
    this.perSequence = this.isRegular ? ofSequence(steps) : 0;
    this.count = sequences.reduce((sum, sequence) => sum + ofSequence(sequence.steps), 0);
    const [entries, ranges]: [number[], number[]] = [[], []];
    for (const [s, { batch, first, steps: length }] of this.isRegular ? [] : sequences.entries()) {
      ranges.push(entries.length / 4, ofSequence(length));
      for (let t = 0; t < length; t += size) entries.push(batch, first + t, Math.min(size, length - t), s);
    }
    this.table = tableOnGpu(g, entries.length > 0 ? entries : [0, 0, 0, 0]);
    this.ranges = tableOnGpu(g, ranges.length > 0 ? ranges : [0, 0]);
  }

  /** The Params of shaders/common/selective.wgsl; the last six are of gradients. */
  fields(gradients: readonly number[] = [0, 0, 0, 0, 0, 0]): ArrayBuffer {
    const { channels, states, steps, groups } = this.params;
    return packParams(
      ...[channels, states, steps, channels / groups, this.size, this.perSequence, this.count],
      ...[rowElements(this.params, this.params.constantB), ...gradients],
    );
  }

  /** Constants of the kernels that walk over states. */
  get constants() {
    const { constantB, constantC, negative } = this.params;
    const { lanes, per } = this.shape;
    return {
      ...{ LANES: `${lanes}u`, PER: `${per}u`, REGULAR: this.isRegular, SIGNED: negative },
      ...{ CONSTANT_B: constantB, CONSTANT_C: constantC },
    };
  }

  /** Invocations per channel, and states of each. */
  get shape(): { readonly lanes: number; readonly per: number } {
    const { states } = this.params;
    const lanes = Math.min(16, 2 ** Math.ceil(Math.log2(states)));
    return { lanes, per: Math.ceil(states / lanes) };
  }

  /** Workgroups that take all channels of all chunks. */
  get groups(): number {
    return this.count * Math.ceil((this.params.channels * this.shape.lanes) / groupWidth);
  }

  /** Bytes of one number per chunk, channel and state. */
  get slotBytes(): number {
    return 4 * this.count * this.params.channels * this.params.states;
  }
}

/** Up to a whole number of places where a binding may begin. */
export function aligned(elements: number): number {
  return Math.ceil(elements / 64) * 64;
}

/** Elements of b or c as the kernels read them: rows of states, padded to where a binding may begin. */
function rowElements({ batch, groups, channels, states, steps }: SelectiveScanParams, constant: boolean): number {
  const elements = constant ? channels * states : batch * groups * steps * states;
  return aligned(elements);
}

export type SelectiveOperands = Readonly<Record<SelectiveScanInput, GpuRegion | undefined>> & {
  /** b and then c, as rows of states. */
  readonly rows: GpuRegion;
};

/** All inputs in f32; b and c with the states of a step side by side, in one region. */
export function operandsOnGpu(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  params: SelectiveScanParams,
): SelectiveOperands {
  const { at, batch, groups, channels, states, steps, constantB, constantC } = params;
  const entries = (Object.entries(at) as [SelectiveScanInput, number][]).map(([name, index]) => {
    const operand = inputs[index];
    return [name, operand && widenedRegion(g, operand)] as const;
  });
  const wide = Object.fromEntries(entries) as Record<SelectiveScanInput, GpuRegion | undefined>;
  const ofB = 4 * rowElements(params, constantB);
  const rows = g.scratch(ofB + 4 * rowElements(params, constantC));
  const arrange = (from: GpuRegion, constant: boolean, offset: number) => {
    const [shape, strides] = constant
      ? [[channels * states], [1]]
      : [
          [batch * groups, steps, states],
          [states * steps, 1, steps],
        ];
    const bytes = 4 * rowElements(params, constant);
    const to = { buffer: rows.buffer, offset: rows.offset + offset, bytes };
    moveOnGpu(g, "selectiveScan (rows)", "f32", from, to, wholeRegion(shape, strides));
  };
  arrange(wide.b as GpuRegion, constantB, 0);
  arrange(wide.c as GpuRegion, constantC, ofB);
  return { ...wide, rows };
}
