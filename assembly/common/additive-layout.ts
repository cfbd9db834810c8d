// The records of an additive recurrence (src/systems/lightnet): one Call from the host, one Unit per sequence and head from the
// host, one Work that a kernel lays out in its scratch memory. Steps are in bytes; rows of the work arrays are `row` bytes.

/** Tokens that are worked on together at most. */
export const CHUNK: i32 = 64;
/** Bytes of a Work, rounded up to whole cache lines. */
const WORK_BYTES: usize = 128;
/** The greatest logit of a channel that has seen none: finite, so that differences are never NaN. */
export const EMPTY: f32 = -f32.MAX_VALUE;

@unmanaged
export class Call {
  d: i32;
  e: i32;
  /** Tokens of a chunk: 1 to CHUNK. */
  chunk: i32;
  /** Every query sees every token. */
  whole: i32;
  /** Between tokens: of q, x, k and their gradients; of v, o and theirs. */
  keyStep: usize;
  valueStep: usize;
  /** States are [e, d]. */
  vFirst: i32;
  scale: f32;
}

/** Addresses; 0 where there is nothing to read, or nothing is wanted. */
@unmanaged
export class Unit {
  rows: i32;
  q: usize;
  x: usize;
  k: usize;
  v: usize;
  /** o; dO in the backward pass. */
  o: usize;
  /** The state before: rows of the state, greatest logit and sum. */
  s0: usize;
  m0: usize;
  l0: usize;
  /** The state after; its gradients (of s and of z = m + ln l) in the backward pass. */
  s: usize;
  m: usize;
  l: usize;
  dq: usize;
  dx: usize;
  dk: usize;
  dv: usize;
  ds0: usize;
  dz0: usize;
}

/** See additive-gates.ts for what the arrays mean. */
@unmanaged
export class Work {
  row: usize;
  /** [d8]: the running maximum, sum and what rounding took from it; the reference of the state; factors to another one. */
  m: usize;
  l: usize;
  lost: usize;
  reference: usize;
  factor: usize;
  /** [d8]: in the backward pass, by how much the normaliser's gradient has grown, and at which maximum. */
  normal: usize;
  normalAt: usize;
  /** [chunk, d8] */
  maxima: usize;
  inverse: usize;
  gain: usize;
  weight: usize;
  queries: usize;
  keys: usize;
  /** Packed states: [d, e] and [e, d]. */
  state: usize;
  turned: usize;
  product: usize;
  end: usize;
}

// @ts-ignore: decorator
@inline
export function roundUp8(n: i32): usize {
  return <usize>(n + 7) & ~7;
}

/** Scratch bytes of a product (additive-product.ts) over `tokens` tokens. */
// @ts-ignore: decorator
@inline
function productBytes(d: i32, e: i32, tokens: i32): usize {
  return 128 + 2048 + 4 * (roundUp8(max(d, e)) * roundUp8(tokens) << 2);
}

/** Bytes of a Work and its arrays. */
export function workBytes(d: i32, e: i32, tokens: i32): usize {
  const vector = roundUp8(d) << 2, states = <usize>d * (roundUp8(e) << 2) + <usize>e * vector;
  return WORK_BYTES + 7 * vector + 6 * vector * tokens + states + productBytes(d, e, tokens);
}

/** A Work at `at`, its arrays behind it. */
export function layOut(call: Call, at: usize): Work {
  const work = changetype<Work>(at), vector = roundUp8(call.d) << 2, rows = vector * call.chunk;
  work.row = vector;
  work.m = at += WORK_BYTES;
  work.l = at += vector;
  work.lost = at += vector;
  work.reference = at += vector;
  work.factor = at += vector;
  work.normal = at += vector;
  work.normalAt = at += vector;
  work.maxima = at += vector;
  work.inverse = at += rows;
  work.gain = at += rows;
  work.weight = at += rows;
  work.queries = at += rows;
  work.keys = at += rows;
  work.state = at += rows;
  work.turned = at += <usize>call.d * roundUp8(call.e) << 2;
  work.product = at += <usize>call.e * vector;
  work.end = at += productBytes(call.d, call.e, call.chunk);
  // Lanes past d are read in whole vectors.
  memory.fill(work.m, 0, work.maxima - work.m);
  return work;
}
