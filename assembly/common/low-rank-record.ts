// The two records that the host writes for a call of the low-rank recurrence. Fields are 4 bytes; "step" is the distance in
// bytes from a row to that of the next step of the sequence, negative where it runs backwards.
//
// Call:                                    Unit, one per sequence and value head; rows of its first step:
//   0 K        4 V        8 scale            0 q     4 k     8 v    12 a    16 b    20 gate (0 = none)   24 o
//  12 step of q, k, a, b                    28 initial (0 = zeros)  32 state       36 steps
//  16 step of v, o       20 step of gate    40 steps of a chunk (0 = step by step)
//  24 stateK  28 stateV: steps of a state   44 dO   48 dq   52 dk   56 dv   60 da   64 db   68 dgate    (backward)
//  32 longest unit's steps                  72 dState (0 = zeros)   76 dInitial    80 1: add to dq, dk, da, db

export const UNIT_BYTES: usize = 84;

// @ts-ignore: decorator
@inline export function keysOf(call: usize): i32 { return load<i32>(call); }
// @ts-ignore: decorator
@inline export function valuesOf(call: usize): i32 { return load<i32>(call, 4); }
// @ts-ignore: decorator
@inline export function scaleOf(call: usize): f32 { return load<f32>(call, 8); }
// @ts-ignore: decorator
@inline export function keyStepOf(call: usize): usize { return load<usize>(call, 12); }
// @ts-ignore: decorator
@inline export function valueStepOf(call: usize): usize { return load<usize>(call, 16); }
// @ts-ignore: decorator
@inline export function gateStepOf(call: usize): usize { return load<usize>(call, 20); }

// @ts-ignore: decorator
@inline export function unitAt(unit: usize, offset: usize): usize { return load<usize>(unit + offset); }
// @ts-ignore: decorator
@inline export function unitSteps(unit: usize): i32 { return load<i32>(unit, 36); }
// @ts-ignore: decorator
@inline export function unitChunk(unit: usize): i32 { return load<i32>(unit, 40); }

/** Bytes of a row of n f32, padded to whole vectors. */
// @ts-ignore: decorator
@inline export function padded(n: i32): usize { return <usize>((n + 3) & ~3) << 2; }
