// Gradients of the additive recurrence without a state kept per chunk. With A the state's sum of keys and values and U the sum
// of queries and dO from the end on, both relative to a reference,
//
//   dq_t = gain_t (A dO_t),  dv_s = U^T keys_s,  dk_s = weight_s (U v_s),  dx_s = k_s dk_s - e^(x_s - m_s) N_s
//
// where N, the gradient of the normaliser, sums q_t dq_t / l_t from s on. dq goes forward in time with A alone, the others back
// with U alone: four causal products. Going back needs the gates again, for which their start is kept per chunk ("marks").

import { expNonPositive4 } from "../common/exp";
import { loadUpTo4, storeUpTo4 } from "../common/tail";
import {
  gainQueries, gainWhole, moveReference, moveReferenceTo, runGates, startGates, stretchLength, weigh,
} from "../common/additive-gates";
import { Call, CHUNK, layOut, roundUp8, Unit, Work, workBytes } from "../common/additive-layout";
import { ALL, causalProduct, READ, scaleColumns, scaleRows, UPDATE } from "../common/additive-product";
import { normalise, packState, startState, unpackState } from "../common/additive-state";

/** Bytes in which a chunk's stretches are noted. */
const CUT_BYTES: usize = <usize>CHUNK << 2;

/** Scratch bytes of f32_additive_backward for units of at most `rows` tokens. */
export function f32_additive_backward_scratch(d: i32, e: i32, chunk: i32, rows: i32): i32 {
  const marks = <usize>((rows + chunk - 1) / chunk) * (roundUp8(d) * 12);
  return <i32>(workBytes(d, e, chunk) + CUT_BYTES + marks);
}

// @ts-ignore: decorator
@inline
function markOf(work: Work, call: Call, start: i32): usize {
  return work.end + CUT_BYTES + <usize>(start / call.chunk) * (work.row * 3);
}

/** `count` rows of `to` times those of `by`. */
function multiplyRows(to: usize, step: usize, by: usize, byStep: usize, count: i32, d: i32): void {
  for (let t = 0; t < count; t++, to += step, by += byStep) {
    for (let c = 0; c < d; c += 4) {
      const at = to + (<usize>c << 2);
      storeUpTo4(at, f32x4.mul(loadUpTo4(at, d - c), v128.load(by + (<usize>c << 2))), d - c);
    }
  }
}

/** dq of a chunk, forwards; where queries see everything, only the state that they will read. */
function chunkQueries(work: Work, call: Call, unit: Unit, start: i32, rows: i32): void {
  const d = call.d, e = call.e, mark = markOf(work, call, start);
  memory.copy(mark, work.m, work.row * 3);
  runGates(work, d, unit.x + <usize>start * call.keyStep, call.keyStep, rows);
  for (let first = 0, count = 0; first < rows; first += count) {
    count = stretchLength(work, d, first, rows);
    const key = <usize>(start + first) * call.keyStep, value = <usize>(start + first) * call.valueStep;
    const row = <usize>first * work.row, dq = unit.dq + key;
    moveReference(work, d, first, count);
    scaleColumns(work.turned, work.factor, e, d);
    weigh(work, call, first, count, unit.x + key, unit.k ? unit.k + key : 0);
    causalProduct(
      unit.o + value, call.valueStep, unit.v + value, call.valueStep, work.keys + row, work.row, dq, call.keyStep,
      count, e, d, work.turned, call.whole ? UPDATE : ALL, work.product,
    );
    if (call.whole) continue;
    gainQueries(work, call, first, count, unit.q + key);
    multiplyRows(dq, call.keyStep, work.gain + row, work.row, count, d);
  }
}

/** N at the end: (rowsum(S dS) - dz) / l, for S = the turned state times factor. */
function startNormal(work: Work, call: Call, unit: Unit): void {
  const d = call.d, e = call.e;
  memory.copy(work.normalAt, work.m, work.row);
  for (let c = 0; c < d; c++) {
    const at = <usize>c << 2, l = load<f32>(work.l + at);
    let sum: f32 = 0;
    if (unit.s) {
      const column = work.turned + <usize>(c >> 3) * (<usize>e << 5) + (<usize>(c & 7) << 2);
      const from = unit.s + (<usize>(call.vFirst ? c : c * e) << 2), step: usize = call.vFirst ? <usize>d << 2 : 4;
      for (let j: usize = 0; j < <usize>e; j++) sum += load<f32>(column + (j << 5)) * load<f32>(from + j * step);
      sum *= load<f32>(work.factor + at);
    }
    if (unit.m) sum -= load<f32>(unit.m + at);
    store<f32>(work.normal + at, l == 0 ? 0 : sum / l);
  }
}

/** U at the end, dS / l, both ways round. */
function startGradient(work: Work, call: Call, unit: Unit): void {
  if (!unit.s) {
    memory.fill(work.state, 0, work.product - work.state);
    return;
  }
  memory.fill(work.factor, 0, work.row);
  for (let c = 0; c < call.d; c++) store<f32>(work.factor + (<usize>c << 2), 1);
  normalise(work, call.d);
  packState(call, unit.s, work.state, false);
  packState(call, unit.s, work.turned, true);
  scaleRows(work.state, work.factor, call.d, call.e);
  scaleColumns(work.turned, work.factor, call.e, call.d);
}

/** dk and dx of tokens [first, first + count) of a chunk, last first; work.keys holds U v. */
function finishKeys(work: Work, call: Call, unit: Unit, start: i32, first: i32, count: i32): void {
  const d = call.d;
  for (let t = first + count - 1; t >= first; t--) {
    const token = <usize>(start + t) * call.keyStep, row = <usize>t * work.row;
    for (let c = 0; c < d; c += 4) {
      const at = <usize>c << 2, here = token + at, n = d - c;
      const maximum = call.whole ? v128.load(work.m + at) : v128.load(work.maxima + row + at);
      let normal = v128.load(work.normal + at);
      if (!call.whole) {
        const decay = expNonPositive4(f32x4.sub(maximum, v128.load(work.normalAt + at)));
        const own = f32x4.mul(loadUpTo4(unit.q + here, n), loadUpTo4(unit.dq + here, n));
        normal = f32x4.add(f32x4.mul(decay, normal), f32x4.mul(own, v128.load(work.inverse + row + at)));
        v128.store(work.normal + at, normal);
        v128.store(work.normalAt + at, maximum);
      }
      const dk = f32x4.mul(v128.load(work.keys + row + at), v128.load(work.weight + row + at));
      if (unit.dk) storeUpTo4(unit.dk + here, dk, n);
      const keyed = unit.k ? f32x4.mul(dk, loadUpTo4(unit.k + here, n)) : dk;
      const weight = expNonPositive4(f32x4.sub(loadUpTo4(unit.x + here, n), maximum));
      storeUpTo4(unit.dx + here, f32x4.sub(keyed, f32x4.mul(weight, normal)), n);
    }
  }
}

/** dv, dk and dx of one stretch, backwards, with the gates in place. */
function stretchKeys(work: Work, call: Call, unit: Unit, start: i32, first: i32, count: i32): void {
  const d = call.d, e = call.e, terms = call.whole ? READ : ALL;
  const last = first + count - 1, row = <usize>last * work.row;
  const back: usize = 0 - call.valueStep;
  const value = <usize>(start + last) * call.valueStep, v = unit.v + value, dO = unit.o + value;
  causalProduct(
    work.keys + row, 0 - work.row, work.queries + row, 0 - work.row, dO, back, unit.dv + value, back,
    count, d, e, work.state, terms, work.product,
  );
  causalProduct(
    v, back, dO, back, work.queries + row, 0 - work.row, work.keys + row, 0 - work.row,
    count, e, d, work.turned, terms, work.product,
  );
  finishKeys(work, call, unit, start, first, count);
}

function chunkKeys(work: Work, call: Call, unit: Unit, start: i32, rows: i32): void {
  const d = call.d, cuts = work.end;
  memory.copy(work.m, markOf(work, call, start), work.row * 3);
  runGates(work, d, unit.x + <usize>start * call.keyStep, call.keyStep, rows);
  let stretches = 0;
  for (let first = 0; first < rows; first += stretchLength(work, d, first, rows)) {
    store<i32>(cuts + (<usize>stretches << 2), first);
    stretches++;
  }
  for (let end = rows; stretches-- > 0; ) {
    const first = load<i32>(cuts + (<usize>stretches << 2)), count = end - first;
    const key = <usize>(start + first) * call.keyStep;
    moveReference(work, d, first, count);
    scaleRows(work.state, work.factor, d, call.e);
    scaleColumns(work.turned, work.factor, call.e, d);
    weigh(work, call, first, count, unit.x + key, unit.k ? unit.k + key : 0);
    gainQueries(work, call, first, count, unit.q + key);
    stretchKeys(work, call, unit, start, first, count);
    end = first;
  }
}

/** dq of the global form: every query reads the last state. */
function wholeQueries(work: Work, call: Call, unit: Unit): void {
  for (let start = 0; start < unit.rows; start += call.chunk) {
    const rows = min(call.chunk, unit.rows - start), key = <usize>start * call.keyStep;
    gainWhole(work, call, rows, unit.q + key);
    causalProduct(
      unit.o + <usize>start * call.valueStep, call.valueStep, 0, 0, 0, 0, unit.dq + key, call.keyStep,
      rows, call.e, call.d, work.turned, READ, work.product,
    );
    multiplyRows(unit.dq + key, call.keyStep, work.gain, work.row, rows, call.d);
  }
}

/** U and N of the global form: every token sees them whole. */
function wholeGradient(work: Work, call: Call, unit: Unit): void {
  const d = call.d, e = call.e;
  for (let start = 0; start < unit.rows; start += call.chunk) {
    const rows = min(call.chunk, unit.rows - start), dO = unit.o + <usize>start * call.valueStep;
    gainWhole(work, call, rows, unit.q + <usize>start * call.keyStep);
    const row = work.row, queries = work.queries, step = call.valueStep;
    causalProduct(0, 0, queries, row, dO, step, 0, 0, rows, d, e, work.state, UPDATE, work.product);
    causalProduct(0, 0, dO, step, queries, row, 0, 0, rows, e, d, work.turned, UPDATE, work.product);
  }
  for (let c = 0; c < d; c++) {
    const at = <usize>c << 2, l = load<f32>(work.l + at);
    let sum: f32 = 0;
    for (let t = 0; t < unit.rows; t++) {
      const here = <usize>t * call.keyStep + at;
      sum += load<f32>(unit.q + here) * load<f32>(unit.dq + here);
    }
    if (l != 0) store<f32>(work.normal + at, load<f32>(work.normal + at) + sum / l);
  }
}

function wholeKeys(work: Work, call: Call, unit: Unit, start: i32, rows: i32): void {
  const key = <usize>start * call.keyStep;
  weigh(work, call, 0, rows, unit.x + key, unit.k ? unit.k + key : 0);
  stretchKeys(work, call, unit, start, 0, rows);
}

/** ds0 = l0 U and dz0 = rowsum(s0 ds0) - l0 N, at the first maximum. */
function finishStart(work: Work, call: Call, unit: Unit): void {
  const d = call.d, e = call.e, step: usize = call.vFirst ? <usize>d << 2 : 4;
  startGates(work, d, unit.m0, unit.l0);
  moveReferenceTo(work, d, work.m);
  for (let c: usize = 0; c < work.row; c += 16) {
    const l = v128.load(work.l + c);
    const decay = expNonPositive4(f32x4.sub(v128.load(work.m + c), v128.load(work.normalAt + c)));
    v128.store(work.factor + c, f32x4.mul(v128.load(work.factor + c), l));
    v128.store(work.normal + c, f32x4.mul(v128.load(work.normal + c), f32x4.mul(decay, l)));
  }
  unpackState(call, work.state, unit.ds0, work.factor);
  for (let c = 0; c < d; c++) {
    const at = <usize>c << 2, row = <usize>(call.vFirst ? c : c * e) << 2;
    let sum: f32 = 0;
    for (let j: usize = row, i = 0; unit.s0 && i < e; i++, j += step) sum += load<f32>(unit.s0 + j) * load<f32>(unit.ds0 + j);
    store<f32>(unit.dz0 + at, sum - load<f32>(work.normal + at));
  }
}

/** No token: the gradients of the state after are those of the state before. */
function passOn(call: Call, unit: Unit): void {
  const state = <usize>(call.d * call.e) << 2, gates = <usize>call.d << 2;
  if (unit.s) memory.copy(unit.ds0, unit.s, state);
  else memory.fill(unit.ds0, 0, state);
  if (unit.m) memory.copy(unit.dz0, unit.m, gates);
  else memory.fill(unit.dz0, 0, gates);
}

function unitBackward(work: Work, call: Call, unit: Unit): void {
  const d = call.d, chunk = call.chunk;
  startState(work, call, unit, true);
  for (let start = 0; start < unit.rows; start += chunk) {
    chunkQueries(work, call, unit, start, min(chunk, unit.rows - start));
  }
  moveReferenceTo(work, d, work.m);
  if (call.whole) {
    scaleColumns(work.turned, work.factor, call.e, d);
    moveReferenceTo(work, d, work.m);
    wholeQueries(work, call, unit);
  }
  normalise(work, d);
  startNormal(work, call, unit);
  startGradient(work, call, unit);
  if (call.whole) wholeGradient(work, call, unit);
  for (let start = (unit.rows - 1) / chunk * chunk; start >= 0; start -= chunk) {
    const rows = min(chunk, unit.rows - start);
    if (call.whole) wholeKeys(work, call, unit, start, rows);
    else chunkKeys(work, call, unit, start, rows);
  }
  finishStart(work, call, unit);
}

/**
 * For the units [first, first + count); dq, dx, dv, ds0, dz0 and, unless 0, dk are written. In a unit, o is dO, s the gradient
 * of the state after (0: none) and m that of its z. scratch: f32_additive_backward_scratch.
 */
export function f32_additive_backward(options: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  const call = changetype<Call>(options), work = layOut(call, scratch);
  for (let i = first; i < first + count; i++) {
    const unit = changetype<Unit>(units + <usize>i * offsetof<Unit>());
    if (unit.rows) unitBackward(work, call, unit);
    else passOn(call, unit);
  }
}
