/**
 * The word-size classifier of factorial reduction. M(n) = [[0, b(n)], [1, a(n)]] modulo p has period p, so the power of p in
 * gcd(p_n, q_n) grows with n / p only if P = M(1) ... M(p) modulo p is nilpotent: its trace and determinant are 0. Full reduction
 * needs that for all but finitely many p; a fraction is kept when it holds for at least seven of 5, 7, 11, 13, 17, 19, 23, 29.
 */
import { InputError } from "../../backends/contract.js";
import type { WasmRun } from "../../backends/wasm/group.js";
import type { TensorHost } from "../../engine/tensor-host.js";
import type { MatrixFieldsKernels } from "../../generated/kernels/matrix-fields.js";
import { source as shader } from "../../generated/shaders/matrix-fields-nilpotency.js";
import { type CallOptions, defineOp } from "../../ops/define-op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Box, countOf, type Range } from "./box.js";
import { matrixFieldsGroup } from "./group.js";

/** The primes whose products are looked at. */
export const primes = [5, 7, 11, 13, 17, 19, 23, 29] as const;

export interface NilpotencyOptions extends CallOptions {
  /** The first index of b; 0 when absent. */
  first?: number;
  /** How many b; all from `first` on when absent. */
  count?: number;
}

interface Params {
  readonly box: Box;
  readonly a: number;
  readonly first: number;
  readonly count: number;
}

/** a of a tile: its table of 124 vectors per eight fractions takes 62 KiB and stays in a core's second cache. */
const TILE = 256;
const TABLE_BYTES_PER_BLOCK = 124 * 16;
/** b of one call of a kernel. */
const ROWS = 64;
const CALL_SCRATCH = 320;

const wordsOf = (a: number): number => Math.ceil(a / 32);

function prepare(name: string, engine: TensorHost, box: Box, options: NilpotencyOptions) {
  const a = countOf(name, "box.a", box.a);
  const b = countOf(name, "box.b", box.b);
  const { first = 0, count = b - first, ...placement } = options;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || first < 0 || count < 1 || first + count > b) {
    throw new InputError(name, "options", `ask for ${count} of ${b} polynomials b from ${first} on`);
  }
  const { out, on, scope } = placement;
  return { engine, params: { box, a, first, count }, out: [out], ...(on && { on }), ...(scope && { scope }) };
}

/** Writes (low, count) pairs. */
function packRanges(w: WasmRun<MatrixFieldsKernels>, ranges: readonly Range[]): number {
  const ptr = w.scratch(8 * ranges.length);
  const bytes = w.bytes(ptr, 8 * ranges.length);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, 2 * ranges.length);
  for (const [i, [low, high]] of ranges.entries()) words.set([low, high - low + 1], 2 * i);
  return ptr;
}

/** Visits tiles of a, each with its table made, and hands over the pieces of b. */
function overTiles(
  w: WasmRun<MatrixFieldsKernels>,
  { box, a, first, count }: Params,
  visit: (tile: { ranges: number; table: number; start: number; size: number }, rows: readonly Piece[]) => void,
): void {
  const [rangesA, rangesB] = [packRanges(w, box.a), packRanges(w, box.b)];
  const coefficients = w.scratch(64);
  const table = w.scratch((TILE / 8) * TABLE_BYTES_PER_BLOCK);
  const pieces: Piece[] = [];
  for (let row = 0; row < count; row += ROWS) {
    pieces.push({ row, b: first + row, rows: Math.min(ROWS, count - row), scratch: w.scratch(CALL_SCRATCH) });
  }
  for (let start = 0; start < a; start += TILE) {
    const size = Math.min(TILE, a - start);
    w.kernels.nilpotency_table(rangesA, box.a.length, start, Math.ceil(size / 8), coefficients, table);
    visit({ ranges: rangesB, table, start, size }, pieces);
  }
}

interface Piece {
  readonly row: number;
  readonly b: number;
  readonly rows: number;
  readonly scratch: number;
}

const work = ({ a, count }: Params) => ({
  operations: 8 * a * count,
  bytes: (a * count) / 8,
  rate: "integer" as const,
});

/**
 * Which fractions of a box may reduce: u32 [count, ceil(|a| / 32)], one bit per fraction, a row per b, the lowest bit first; bits
 * beyond the box are 0. The zero polynomials count like any other. Exact, the same bits on any number of threads and on
 * either backend.
 * @throws InputError for an empty box or one beyond the limits
 */
export const nilpotencyMask = defineOp<
  [engine: TensorHost, box: Box, options?: NilpotencyOptions],
  Params,
  Tensor,
  MatrixFieldsKernels
>({
  name: "nilpotencyMask",
  prepare: (engine, box, options = {}) => {
    const call = prepare("nilpotencyMask", engine, box, options);
    return { ...call, inputs: [], outputs: [{ shape: [call.params.count, wordsOf(call.params.a)], dtype: "u32" }] };
  },
  work,
  wasm: {
    group: matrixFieldsGroup,
    run: (w, _, [dst], params) => {
      const stride = 4 * wordsOf(params.a);
      overTiles(w, params, ({ ranges, table, start, size }, pieces) => {
        const blocks = Math.ceil(size / 8);
        const last = 0xff >> (8 * blocks - size);
        const terms = params.box.b.length;
        const at = dst!.ptr + start / 8;
        w.parallel(
          "nilpotency_mask",
          pieces.map(({ row, b, rows, scratch }) => {
            return [ranges, terms, b, rows, table, blocks, last, scratch, at + row * stride, stride];
          }),
        );
      });
      // The last word of a row may reach beyond the last block.
      const used = Math.ceil(params.a / 8);
      const bytes = w.bytes(dst!.ptr, stride * params.count);
      for (let row = 0; row < params.count; row++) bytes.fill(0, row * stride + used, (row + 1) * stride);
    },
  },
  webgpu: {
    encode: (g, _, [dst], { box, a, first, count }) => {
      const words = wordsOf(a);
      const tiles = Math.ceil(a / 256);
      const params = new Int32Array(6 + 56);
      params.set([a, words, box.a.length, box.b.length, first, tiles]);
      for (const [i, [low, high]] of box.a.entries()) params.set([low, high - low + 1], 6 + 4 * i);
      for (const [i, [low, high]] of box.b.entries()) params.set([low, high - low + 1], 8 + 4 * i);
      g.dispatch({
        label: "nilpotencyMask",
        shader,
        params: params.buffer,
        bindings: [dst!],
        groups: count * tiles,
      });
    },
  },
  gradient: { constant: "it has no operands" },
  bound: "exact",
});

/**
 * At how many of the eight primes each fraction's product is nilpotent: u8 [count, |a| rounded up to 8]; what lies beyond the box means
 * nothing. Without the early stop of `nilpotencyMask`, for statistics.
 */
export const nilpotencyCounts = defineOp<
  [engine: TensorHost, box: Box, options?: NilpotencyOptions],
  Params,
  Tensor,
  MatrixFieldsKernels
>({
  name: "nilpotencyCounts",
  prepare: (engine, box, options = {}) => {
    const call = prepare("nilpotencyCounts", engine, box, options);
    return {
      ...call,
      inputs: [],
      outputs: [{ shape: [call.params.count, 8 * Math.ceil(call.params.a / 8)], dtype: "u8" }],
    };
  },
  work,
  wasm: {
    group: matrixFieldsGroup,
    run: (w, _, [dst], params) => {
      const stride = 8 * Math.ceil(params.a / 8);
      overTiles(w, params, ({ ranges, table, start, size }, pieces) => {
        const terms = params.box.b.length;
        w.parallel(
          "nilpotency_counts",
          pieces.map(({ row, b, rows, scratch }) => {
            return [
              ranges,
              terms,
              b,
              rows,
              table,
              Math.ceil(size / 8),
              scratch,
              dst!.ptr + start + row * stride,
              stride,
            ];
          }),
        );
      });
    },
  },
  gradient: { constant: "it has no operands" },
  bound: "exact",
});

/** Indices of a fraction in its box. */
export interface Survivor {
  readonly b: number;
  readonly a: number;
}

/** The bits of a mask as pairs of indices, in the order of b, then a. @param first the b of the mask's first row */
export function survivorsOf(mask: Uint32Array, words: number, first = 0): Survivor[] {
  const found: Survivor[] = [];
  for (const [at, word] of mask.entries()) {
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      const bit = 31 - Math.clz32(rest & -rest);
      found.push({ b: first + Math.floor(at / words), a: 32 * (at % words) + bit });
    }
  }
  return found;
}
