/** The CPU side of L-Mul attention: keys and values of a head packed once, then blocks of query rows. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { LMulKernels } from "../../generated/kernels/l-mul.js";
import { type AttentionParams, strides } from "./attention-params.js";
import { f32Format } from "./format.js";
import { type PackedMatrix, packAll } from "./matmul-cpu.js";
import { widened } from "./operands.js";
import { noteRawZeros } from "./raw-zeros.js";
import { writeRule } from "./rule-block.js";

/** Query rows per kernel call, and the kernel's scratch without the scores: as in assembly/l-mul/attention.ts. */
const ROWS = 32;
const SCRATCH = 65_696;

export function runAttention(
  w: WasmRun<LMulKernels>,
  [q, k, v, mask]: readonly WasmOperand[],
  [out]: readonly WasmOperand[],
  params: AttentionParams,
): void {
  if (!q || !k || !v || !out || out.size === 0) return;
  const { rule, use, layout, batch, heads, kvHeads, rows, keys, d, dv } = params;
  if (keys === 0) {
    w.bytes(out.ptr, out.size * 4).fill(0);
    return;
  }
  noteRawZeros(w, params.rawZeros, rule, [q, k, v]);
  const keepsCodes = rule.format !== f32Format;
  const [qAt, kAt, vAt] = [q, k, v].map((x) => widened(w, x, keepsCodes)) as [number, number, number];
  const rulePtr = writeRule(w, rule, use);
  const [sq, sk] = [strides(layout, rows, heads, d), strides(layout, keys, kvHeads, d)];
  const [sv, so] = [strides(layout, keys, kvHeads, dv), strides(layout, rows, heads, dv)];
  const kvPairs = Array.from({ length: batch * kvHeads }, (_, i) => [Math.floor(i / kvHeads), i % kvHeads] as const);
  const packed = packAll(
    w,
    kvPairs.flatMap(([b, h]) => [
      { ptr: kAt + 4 * (b * sk.batch + h * sk.head), k: d, n: keys, stride: sk.row, transposed: true },
      { ptr: vAt + 4 * (b * sv.batch + h * sv.head), k: keys, n: dv, stride: sv.row, transposed: false },
    ]),
    rulePtr,
  );
  const slots = Array.from({ length: 2 * w.threads }, () => w.scratch(SCRATCH + Math.ceil(keys / 8) * 8 * ROWS * 4));
  let calls: number[][] = [];
  const flush = () => {
    w.parallel("lmul_attention", calls);
    calls = [];
  };
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const kv = 2 * (b * kvHeads + Math.floor((h * kvHeads) / heads));
      for (let row = 0; row < rows; row += ROWS) {
        const count = Math.min(ROWS, rows - row);
        const sees = params.causal ? row + keys - rows + 1 : keys;
        calls.push([
          qAt + 4 * (b * sq.batch + h * sq.head + row * sq.row),
          sq.row,
          ...fields(packed[kv] as PackedMatrix),
          ...fields(packed[kv + 1] as PackedMatrix),
          out.ptr + 4 * (b * so.batch + h * so.head + row * so.row),
          so.row,
          ...[count, d, dv, keys, sees, params.scale],
          mask ? mask.ptr + b * keys : 0,
          rulePtr,
          slots[calls.length] as number,
        ]);
        if (calls.length === slots.length) flush();
      }
    }
  }
  flush();
}

function fields({ panels, panelStep, summaries, summaryStep }: PackedMatrix): number[] {
  return [panels, panelStep, summaries, summaryStep];
}
