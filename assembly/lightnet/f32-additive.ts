// The additive recurrence (Qin et al. 2024), one sequence and head at a time: chunks, cut into stretches (additive-gates.ts),
// each of which is a causal product (additive-product.ts).

import { gainQueries, gainWhole, moveReference, moveReferenceTo, runGates, stretchLength, weigh } from "../common/additive-gates";
import { Call, layOut, Unit, Work, workBytes } from "../common/additive-layout";
import { ALL, causalProduct, READ, scaleRows, UPDATE } from "../common/additive-product";
import { normalise, startState, unpackState, writeGates } from "../common/additive-state";

/** Scratch bytes of f32_additive. */
export function f32_additive_scratch(d: i32, e: i32, chunk: i32): i32 {
  return <i32>workBytes(d, e, chunk);
}

function chunkForward(work: Work, call: Call, unit: Unit, start: i32, rows: i32): void {
  const d = call.d, keyAt = <usize>start * call.keyStep, valueAt = <usize>start * call.valueStep;
  runGates(work, d, unit.x + keyAt, call.keyStep, rows);
  for (let first = 0, count = 0; first < rows; first += count) {
    count = stretchLength(work, d, first, rows);
    const key = keyAt + <usize>first * call.keyStep, value = valueAt + <usize>first * call.valueStep;
    const row = <usize>first * work.row;
    moveReference(work, d, first, count);
    scaleRows(work.state, work.factor, d, call.e);
    weigh(work, call, first, count, unit.x + key, unit.k ? unit.k + key : 0);
    if (!call.whole) gainQueries(work, call, first, count, unit.q + key);
    causalProduct(
      work.queries + row, work.row, work.keys + row, work.row, unit.v + value, call.valueStep, unit.o + value, call.valueStep,
      count, d, call.e, work.state, call.whole ? UPDATE : ALL, work.product,
    );
  }
}

/** o = q S for every token, S the last state. */
function wholeForward(work: Work, call: Call, unit: Unit): void {
  for (let start = 0; start < unit.rows; start += call.chunk) {
    const rows = min(call.chunk, unit.rows - start);
    gainWhole(work, call, rows, unit.q + <usize>start * call.keyStep);
    const o = unit.o + <usize>start * call.valueStep;
    causalProduct(work.queries, work.row, 0, 0, 0, 0, o, call.valueStep, rows, call.d, call.e, work.state, READ, work.product);
  }
}

function unitForward(work: Work, call: Call, unit: Unit): void {
  const d = call.d;
  for (let start = 0; start < unit.rows; start += call.chunk) {
    chunkForward(work, call, unit, start, min(call.chunk, unit.rows - start));
  }
  moveReferenceTo(work, d, work.m);
  if (call.whole) {
    scaleRows(work.state, work.factor, d, call.e);
    wholeForward(work, call, unit);
    moveReferenceTo(work, d, work.m);
  }
  normalise(work, d);
  unpackState(call, work.state, unit.s, work.factor);
}

/** For the units [first, first + count); o, s, m and l are written. scratch: f32_additive_scratch. */
export function f32_additive(options: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  const call = changetype<Call>(options), work = layOut(call, scratch);
  for (let i = first; i < first + count; i++) {
    const unit = changetype<Unit>(units + <usize>i * offsetof<Unit>());
    startState(work, call, unit, false);
    // No token leaves the state as it is, to the bit.
    if (unit.rows) unitForward(work, call, unit);
    else if (unit.s0) memory.copy(unit.s, unit.s0, <usize>(call.d * call.e) << 2);
    else memory.fill(unit.s, 0, <usize>(call.d * call.e) << 2);
    writeGates(work, call.d, unit.m, unit.l);
  }
}
