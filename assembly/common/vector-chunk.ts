// A chunk of core B: every channel decays by itself, so no one product weighs the scores. Blocks of 16 steps do: within a block decays
// are products of the steps' factors, between blocks the keys carry their decay to the start of the block that reads them, and go on
// to decay with it. All factors are at most 1, none is divided by: a channel may be reset by a factor of 0 or change its sign.

import { Chunk } from "./gated-chunk";
import { callExclusive, callGate, callGateStep, callKeyStep, callScale } from "./gated-layout";
import {
  clearSums, decayAndDot, dotRows, dotRows3, factorsInto, fillRow, joinSums, multiplyRow, scaleInto, sumsToFactors,
} from "./vector-rows";

/** Steps of a block. */
export const BLOCK: i32 = 16;

/** The rows of a chunk in its `rest`. */
@unmanaged
export class VectorRows {
  kind: i32; exclusive: bool;
  /** [size, K4] each: queries times scale, later with the decay since the start of their block; keys; factors. */
  q: usize; k: usize; a: usize;
  /** [K4] each: sums over the block and over the chunk, what they stand for, the decay from the chunk's start, and room for one row. */
  blockSums: usize; sums: usize; total: usize; carry: usize; row: usize;
  /** [8] ones. */
  ones: usize;
}

export function vectorRowsBytes(K: i32, size: i32): i32 {
  return <i32>offsetof<VectorRows>() + 16 + ((3 * size + 5) * ((K + 3) & ~3) << 2) + 32;
}

export function vectorRowsAt(chunk: Chunk, call: usize): VectorRows {
  const rows = changetype<VectorRows>(chunk.rest), row = <usize>chunk.K4 << 2, all = row * chunk.size;
  rows.kind = callGate(call);
  rows.exclusive = callExclusive(call);
  rows.q = (chunk.rest + offsetof<VectorRows>() + 15) & ~15;
  rows.k = rows.q + all;
  rows.a = rows.k + all;
  rows.blockSums = rows.a + all;
  rows.sums = rows.blockSums + row;
  rows.total = rows.sums + row;
  rows.carry = rows.total + row;
  rows.row = rows.carry + row;
  rows.ones = rows.row + row;
  fillRow(rows.ones, 8, 1);
  return rows;
}

/** Steps [first, first + count) of the chunk, whose own first step is at q, k and gate: their rows, and the block's sums. */
export function loadBlock(chunk: Chunk, rows: VectorRows, call: usize, q: usize, k: usize, gate: usize, first: i32, count: i32): void {
  const K = chunk.K, step = callKeyStep(call), gateStep = callGateStep(call);
  clearSums(rows.kind, rows.blockSums, chunk.K4);
  for (let t = <usize>first, end = t + count; t < end; t++) {
    const at = t * (<usize>chunk.K4 << 2);
    scaleInto(q + t * step, rows.q + at, K, callScale(call));
    scaleInto(k + t * step, rows.k + at, K, 1);
    factorsInto(rows.kind, gate + t * gateStep, rows.a + at, rows.blockSums, K);
  }
  joinSums(rows.kind, rows.sums, rows.blockSums, chunk.K4);
  sumsToFactors(rows.kind, rows.blockSums, rows.total, chunk.K4);
}

/** Where the score of row i with step j of the chunk lies. */
// @ts-ignore: decorator
@inline
function scoreAt(chunk: Chunk, i: i32, j: i32): usize {
  return chunk.queries + <usize>(i >> 2) * chunk.queryStep + (<usize>(chunk.K4 + j) << 4) + (<usize>(i & 3) << 2);
}

/** Scores of a block's rows with its own steps; bonus: 0 or [K]. */
export function scoreWithin(chunk: Chunk, rows: VectorRows, first: i32, count: i32, bonus: usize): void {
  const K4 = chunk.K4, row = <usize>K4 << 2;
  for (let i = first; i < first + count; i += 4) {
    memory.fill(scoreAt(chunk, i, first), 0, <usize>BLOCK << 4);
  }
  for (let j = first; j < first + count; j++) {
    const k = rows.k + <usize>j * row;
    let q = rows.q + <usize>j * row, a = rows.a + <usize>j * row;
    if (!rows.exclusive) store<f32>(scoreAt(chunk, j, j), dotRows(q, k, K4));
    else store<f32>(scoreAt(chunk, j, j), bonus ? dotRows3(q, k, bonus, chunk.K) : 0);
    memory.copy(rows.row, k, row);
    for (let i = j + 1; i < first + count; i++) {
      q += row;
      a += row;
      // An exclusive row reads what the steps before it left, without its own decay.
      const isNext = rows.exclusive && i == j + 1, decay = rows.exclusive ? a - row : a;
      store<f32>(scoreAt(chunk, i, j), isNext ? dotRows(rows.row, q, K4) : decayAndDot(rows.row, decay, q, K4));
    }
  }
}

/** Queries of a block get the decay since its start, its own step's included unless o is exclusive. */
export function decayQueries(chunk: Chunk, rows: VectorRows, first: i32, count: i32): void {
  const K4 = chunk.K4, row = <usize>K4 << 2;
  fillRow(rows.row, K4, 1);
  for (let i = <usize>first, end = i + count; i < end; i++) {
    if (!rows.exclusive) multiplyRow(rows.row, rows.a + i * row, K4);
    multiplyRow(rows.q + i * row, rows.row, K4);
    if (rows.exclusive) multiplyRow(rows.row, rows.a + i * row, K4);
  }
}

/** Keys up to and with a block get the decay to its end, and so does the carry. */
export function decayKeys(chunk: Chunk, rows: VectorRows, first: i32, count: i32): void {
  const K4 = chunk.K4, row = <usize>K4 << 2;
  for (let j: usize = 0; j < <usize>first; j++) multiplyRow(rows.k + j * row, rows.total, K4);
  fillRow(rows.row, K4, 1);
  for (let j = first + count - 1; j >= first; j--) {
    multiplyRow(rows.k + <usize>j * row, rows.row, K4);
    multiplyRow(rows.row, rows.a + <usize>j * row, K4);
  }
  multiplyRow(rows.carry, rows.total, K4);
}
