// The two records that the host writes for a call of a gated recurrence. Fields are 4 bytes; a "step" is a distance in bytes,
// negative along time when the recurrence runs backwards: its sequences begin at their last step.
//
// Call, one per call:                                 Unit, one per sequence, value head and block of value columns:
//   0 K         4 gate kind      8 gate per channel     0 q     4 k     8 v    12 gate   16 o         first step
//  12 exclusive                                        20 initial state (0 = zeros)      24 state (0 = not wanted)
//  16 scale    20 chunk                                28 steps                32 columns
//  24 stateKStep               28 stateVStep           36 bonus (0 = none)
//  32 keyStep  (q, k, dq, dk)                          40 dO    44 dq   48 dk  52 dv    56 dGate     (backward)
//  36 valueStep (v, o, dO, dv)                         60 dState (0 = zeros)   64 dInitial (0 = not wanted)
//  40 gateStep (0 = the same gate all the time)        68 dBonus (0 = none)
//
// Every state of a call has the same layout. Gradients lie as what they are gradients of.

export const UNIT_BYTES: i32 = 72;

export const GATE_NONE: i32 = 0;
/** Log-decays. */
export const GATE_LOG: i32 = 1;

// @ts-ignore: decorator
@inline export function callK(c: usize): i32 { return load<i32>(c); }
// @ts-ignore: decorator
@inline export function callGate(c: usize): i32 { return load<i32>(c, 4); }
// @ts-ignore: decorator
@inline export function callPerChannel(c: usize): bool { return load<i32>(c, 8) != 0; }
// @ts-ignore: decorator
@inline export function callExclusive(c: usize): bool { return load<i32>(c, 12) != 0; }
// @ts-ignore: decorator
@inline export function callScale(c: usize): f32 { return load<f32>(c, 16); }
// @ts-ignore: decorator
@inline export function callChunk(c: usize): i32 { return load<i32>(c, 20); }
// @ts-ignore: decorator
@inline export function callStateKStep(c: usize): usize { return load<usize>(c, 24); }
// @ts-ignore: decorator
@inline export function callStateVStep(c: usize): usize { return load<usize>(c, 28); }
// @ts-ignore: decorator
@inline export function callKeyStep(c: usize): usize { return load<usize>(c, 32); }
// @ts-ignore: decorator
@inline export function callValueStep(c: usize): usize { return load<usize>(c, 36); }
// @ts-ignore: decorator
@inline export function callGateStep(c: usize): usize { return load<usize>(c, 40); }

// @ts-ignore: decorator
@inline export function unitQ(u: usize): usize { return load<usize>(u); }
// @ts-ignore: decorator
@inline export function unitK(u: usize): usize { return load<usize>(u, 4); }
// @ts-ignore: decorator
@inline export function unitV(u: usize): usize { return load<usize>(u, 8); }
// @ts-ignore: decorator
@inline export function unitGate(u: usize): usize { return load<usize>(u, 12); }
// @ts-ignore: decorator
@inline export function unitO(u: usize): usize { return load<usize>(u, 16); }
// @ts-ignore: decorator
@inline export function unitInitial(u: usize): usize { return load<usize>(u, 20); }
// @ts-ignore: decorator
@inline export function unitState(u: usize): usize { return load<usize>(u, 24); }
// @ts-ignore: decorator
@inline export function unitSteps(u: usize): i32 { return load<i32>(u, 28); }
// @ts-ignore: decorator
@inline export function unitColumns(u: usize): i32 { return load<i32>(u, 32); }
// @ts-ignore: decorator
@inline export function unitBonus(u: usize): usize { return load<usize>(u, 36); }
// @ts-ignore: decorator
@inline export function unitDO(u: usize): usize { return load<usize>(u, 40); }
// @ts-ignore: decorator
@inline export function unitDq(u: usize): usize { return load<usize>(u, 44); }
// @ts-ignore: decorator
@inline export function unitDk(u: usize): usize { return load<usize>(u, 48); }
// @ts-ignore: decorator
@inline export function unitDv(u: usize): usize { return load<usize>(u, 52); }
// @ts-ignore: decorator
@inline export function unitDGate(u: usize): usize { return load<usize>(u, 56); }
// @ts-ignore: decorator
@inline export function unitDState(u: usize): usize { return load<usize>(u, 60); }
// @ts-ignore: decorator
@inline export function unitDInitial(u: usize): usize { return load<usize>(u, 64); }
// @ts-ignore: decorator
@inline export function unitDBonus(u: usize): usize { return load<usize>(u, 68); }
