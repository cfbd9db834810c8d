/** A call of a gated recurrence as units for the kernels, and units as tasks for the threads. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { GatedParams } from "./gated-params.js";
import { gatedSteps, type Unit } from "./gated-records.js";
import { stateSteps } from "./state.js";

/** Multiply-adds below which a second thread costs more than it brings. */
const worthAThread = 1 << 16;

export interface UnitAddresses {
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly gate: number;
  readonly o: number;
  readonly initial: number;
  readonly state: number;
  readonly bonus: number;
}

/** Threads worth their while for so many steps in all. */
export function threadsFor(w: WasmRun<RecurrenceKernels>, { batch, steps, valueHeads, k, v }: GatedParams): number {
  return batch * steps * valueHeads * k * v < worthAThread ? 1 : w.threads;
}

/** One unit per sequence and value head, value heads that share a key head next to each other. */
export function headUnits(params: GatedParams, at: UnitAddresses): Unit[] {
  const { sequences, heads, valueHeads, k, v, reverse } = params;
  const steps = gatedSteps(params);
  const size = 4 * k * v;
  const shared = valueHeads / heads;
  const units: Unit[] = [];
  for (const [n, { batch, first, steps: count }] of sequences.entries()) {
    const start = reverse ? first + Math.max(0, count - 1) : first;
    const place = (of: (typeof steps)["key"], index: number) =>
      batch * of.batch + index * of.head + start * Math.abs(of.time);
    for (let head = 0; head < valueHeads; head++) {
      const keyHead = Math.floor(head / shared);
      const key = place(steps.key, keyHead);
      const value = place(steps.value, head);
      const state = (n * valueHeads + head) * size;
      units.push({
        q: at.q + key,
        k: at.k + key,
        v: at.v + value,
        gate: at.gate && at.gate + place(steps.gate, head),
        o: at.o + value,
        initial: at.initial && at.initial + state,
        state: at.state && at.state + state,
        steps: count,
        columns: v,
        bonus: at.bonus && at.bonus + 4 * keyHead * k,
      });
    }
  }
  return units;
}

/** Whole blocks of this many columns make up a unit. */
const blockColumns = 16;

/** Units cut along their columns, which do not see each other, until there is work for all threads. */
export function cutColumns(params: GatedParams, units: readonly Unit[], threads: number): readonly Unit[] {
  const { v } = params;
  const blocks = Math.ceil(v / blockColumns);
  const wanted = threads === 1 ? 1 : Math.min(blocks, Math.ceil((4 * threads) / Math.max(1, units.length)));
  const columns = Math.ceil(blocks / wanted) * blockColumns;
  if (columns >= v) return units;
  const step = stateSteps(params).v;
  return units.flatMap((unit) =>
    Array.from({ length: Math.ceil(v / columns) }, (_, i): Unit => {
      const first = i * columns;
      return {
        ...unit,
        v: unit.v + 4 * first,
        o: unit.o + 4 * first,
        initial: unit.initial && unit.initial + first * step,
        state: unit.state && unit.state + first * step,
        columns: Math.min(columns, v - first),
      };
    }),
  );
}

/** [first, count] of about four tasks per thread, or one; a task is whole groups of `group` units. */
export function tasksOf(count: number, threads: number, group = 1): readonly (readonly [number, number])[] {
  const groups = count / group;
  const tasks = threads === 1 ? 1 : Math.min(groups, 4 * threads);
  const share = Math.ceil(groups / tasks) * group;
  return Array.from({ length: Math.ceil(count / share) }, (_, t) => [t * share, Math.min(share, count - t * share)]);
}
