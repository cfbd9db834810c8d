/** The CPU side of the L-Mul matrix product: B packed once, then blocks of rows, each a call of its own. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { LMulKernels } from "../../generated/kernels/l-mul.js";
import { broadcastRuns } from "./broadcast.js";
import { f32Format } from "./format.js";
import type { MatmulParams } from "./matmul-params.js";
import { widened } from "./operands.js";
import { noteRawZeros } from "./raw-zeros.js";
import { writeRule } from "./rule-block.js";

/** The inner dimension of a packed block, rows of A packed at once, and the kernel's scratch: as in assembly/l-mul/gemm.ts. */
export const BLOCK_K = 256;
const BLOCK_ROWS = 64;
export const GEMM_SCRATCH = 131_264;

const ceilTo = (n: number, step: number): number => Math.ceil(n / step) * step;

/** One packed right-hand matrix: panels and summaries of its first block, and the way to the next. */
export interface PackedMatrix {
  readonly panels: number;
  readonly panelStep: number;
  readonly summaries: number;
  readonly summaryStep: number;
}

export interface PackSource {
  /** f32 patterns or codes in words. */
  readonly ptr: number;
  readonly k: number;
  readonly n: number;
  /** Elements between two rows as stored. */
  readonly stride: number;
  /** Stored [n, k]. */
  readonly transposed: boolean;
}

/** Packs several matrices in one go, block by block of k. */
export function packAll(w: WasmRun<LMulKernels>, sources: readonly PackSource[], rule: number): PackedMatrix[] {
  const calls: number[][] = [];
  const packed = sources.map(({ ptr, k, n, stride, transposed }) => {
    const columns = ceilTo(n, 8);
    const panelStep = columns * BLOCK_K * 4;
    const summaryStep = (columns / 8) * 4;
    const panels = w.scratch(columns * k * 4);
    const summaries = w.scratch(Math.ceil(k / BLOCK_K) * summaryStep);
    for (let block = 0; block * BLOCK_K < k; block++) {
      const depth = Math.min(BLOCK_K, k - block * BLOCK_K);
      const from = ptr + 4 * block * BLOCK_K * (transposed ? 1 : stride);
      const to = [panels + block * panelStep, summaries + block * summaryStep];
      calls.push([from, ...to, depth, n, stride, transposed ? 1 : 0, rule]);
    }
    return { panels, panelStep, summaries, summaryStep };
  });
  w.parallel("lmul_pack_b_8", calls);
  return packed;
}

/** Rows [row, row + rows) of one product of the batch. */
interface RowBlock {
  readonly matrix: number;
  readonly row: number;
  readonly rows: number;
}

/** A few blocks per thread over all products; where they are cut changes no sum. */
function rowBlocks(products: number, m: number, threads: number): RowBlock[] {
  const wanted = Math.ceil((4 * threads) / products);
  const rows = threads === 1 ? m : Math.min(m, ceilTo(Math.ceil(m / wanted), BLOCK_ROWS));
  const blocks: RowBlock[] = [];
  for (let matrix = 0; matrix < products; matrix++) {
    for (let row = 0; row < m; row += rows) blocks.push({ matrix, row, rows: Math.min(rows, m - row) });
  }
  return blocks;
}

export function runMatmul(
  w: WasmRun<LMulKernels>,
  [a, b, bias]: readonly WasmOperand[],
  [c]: readonly WasmOperand[],
  params: MatmulParams,
): void {
  if (!a || !b || !c || c.size === 0) return;
  const { rule, use, m, n, k, transposeA, transposeB, axes } = params;
  noteRawZeros(w, params.rawZeros, rule, [a, b]);
  if (k === 0) w.bytes(c.ptr, c.size * 4).fill(0);
  else {
    const keepsCodes = rule.format !== f32Format;
    const left = widened(w, a, keepsCodes);
    const right = widened(w, b, keepsCodes);
    const rulePtr = writeRule(w, rule, use);
    const pairs = [...broadcastRuns(axes, 1)];
    const distinct = [...new Set(pairs.map((pair) => pair.b))];
    const packed = packAll(
      w,
      distinct.map((at) => ({
        ptr: right + at * k * n * 4,
        k,
        n,
        stride: transposeB ? k : n,
        transposed: transposeB,
      })),
      rulePtr,
    );
    const matrixAt = new Map(distinct.map((at, index) => [at, packed[index] as PackedMatrix]));
    const blocks = rowBlocks(pairs.length, m, w.threads);
    // Small products share one scratch area per round of calls; a round holds no more calls than a few per thread.
    const perRound = 4 * w.threads;
    const scratch = Array.from({ length: Math.min(perRound, blocks.length) }, () => w.scratch(GEMM_SCRATCH));
    for (let first = 0; first < blocks.length; first += perRound) {
      const calls = blocks.slice(first, first + perRound).map(({ matrix, row, rows }, slot) => {
        const pair = pairs[matrix] as (typeof pairs)[number];
        const { panels, panelStep, summaries, summaryStep } = matrixAt.get(pair.b) as PackedMatrix;
        const from = left + 4 * (pair.a * m * k + row * (transposeA ? 1 : k));
        const to = c.ptr + 4 * (pair.result * m * n + row * n);
        const shape = [to, n, rows, n, k, rulePtr, scratch[slot] as number];
        return [from, transposeA ? m : k, transposeA ? 1 : 0, panels, panelStep, summaries, summaryStep, ...shape];
      });
      w.parallel("lmul_gemm_4x8", calls);
    }
  }
  if (bias) w.kernels.lmul_add_bias(bias.ptr, c.ptr, c.size / n, n);
}
