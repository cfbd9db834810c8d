/** Attention of few rows over many keys: the keys are cut into fixed parts, which are merged by their log-sum-exps. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import type { AttentionParams } from "./params.js";
import { stepsOf, type Unit, writeOptions, writeUnits } from "./records.js";

type Run = WasmRun<CoreKernels>;

/** Below this many rows, packing keys for the tiled kernel costs more than its tiles save. */
const FEWEST_TILED_ROWS = 4;
/** Keys of a part; the same for any number of threads, because it shows in the rounding. */
const PART_KEYS = 512;

export function isDecode({ rows }: Unit): boolean {
  return rows > 0 && rows < FEWEST_TILED_ROWS;
}

/** A row's parts and where their merged result goes. */
interface Merge {
  readonly parts: number;
  readonly lses: number;
  readonly lseStep: number;
  readonly count: number;
  readonly sink: number;
  readonly o: number;
  readonly lse: number;
}

export interface DecodePlan {
  readonly units: readonly Unit[];
  readonly merges: readonly Merge[];
}

const partsOf = ({ keys }: Unit) => Math.max(1, Math.ceil(keys / PART_KEYS));

/** Cuts every unit's keys; parts write [row][part][dv] and [part][row] in scratch memory. */
export function decodeUnits(w: Run, params: AttentionParams, units: readonly Unit[]): DecodePlan {
  const { layout, heads, kvHeads, rows, keys, d, dv, biasStrides } = params;
  const partCount = units.reduce((most, unit) => Math.max(most, partsOf(unit)), 1);
  const rowParts = units.reduce((sum, unit) => sum + unit.rows, 0) * partCount;
  let o = w.scratch(4 * rowParts * dv);
  let lse = w.scratch(4 * rowParts);
  const kTime = stepsOf(layout, keys, kvHeads, d).time;
  const vTime = stepsOf(layout, keys, kvHeads, dv).time;
  const oTime = stepsOf(layout, rows, heads, dv).time;
  const merges: Merge[] = [];
  const cut = units.flatMap((unit) => {
    const parts = Array.from({ length: partCount }, (_, part): Unit => {
      const key = part * PART_KEYS;
      return {
        ...unit,
        k: unit.k + key * kTime,
        v: unit.v + key * vTime,
        o: o + 4 * part * dv,
        lse: lse + 4 * part * unit.rows,
        bias: unit.bias && unit.bias + 4 * key * (biasStrides[3] as number),
        keys: Math.max(0, Math.min(PART_KEYS, unit.keys - key)),
        position: unit.position - key,
      };
    });
    for (let row = 0; row < unit.rows; row++) {
      merges.push({
        parts: o + 4 * row * partCount * dv,
        lses: lse + 4 * row,
        lseStep: 4 * unit.rows,
        count: partCount,
        sink: unit.sink,
        o: unit.o + row * oTime,
        lse: unit.lse && unit.lse + 4 * row,
      });
    }
    o += 4 * unit.rows * partCount * dv;
    lse += 4 * unit.rows * partCount;
    return parts;
  });
  return { units: byPart(cut, partCount), merges };
}

/** All heads of a part, then the next part: heads that share keys find them in the cache. */
function byPart(units: readonly Unit[], partCount: number): Unit[] {
  return Array.from({ length: partCount }, (_, part) =>
    units.filter((_unit, index) => index % partCount === part),
  ).flat();
}

export function runDecode(w: Run, params: AttentionParams, { units, merges }: DecodePlan, threads: number): void {
  const { layout, heads, kvHeads, rows, keys, d, dv } = params;
  const partCount = merges[0]?.count ?? 1;
  const options = writeOptions(w, params, {
    qStep: stepsOf(layout, rows, heads, d).time,
    kStep: stepsOf(layout, keys, kvHeads, d).time,
    vStep: stepsOf(layout, keys, kvHeads, dv).time,
    oStep: 4 * partCount * dv,
  });
  const records = writeUnits(w, units);
  const tasks = threads === 1 ? 1 : Math.min(units.length, 4 * threads);
  const share = Math.ceil(units.length / tasks);
  const bytes = 4 * PART_KEYS;
  const scores = w.scratch(bytes * tasks);
  const calls = Array.from({ length: Math.ceil(units.length / share) }, (_, t) => [
    options,
    records,
    t * share,
    1,
    Math.min(units.length, (t + 1) * share),
    scores + t * bytes,
  ]);
  w.parallel("f32_attention_decode", calls);
  for (const { parts, lses, lseStep, count, sink, o, lse } of merges) {
    w.kernels.f32_attention_merge(parts, 4 * dv, lses, lseStep, count, dv, sink, o, lse);
  }
}
