// The two records that the host writes for a call of the delta rule. Fields are 4 bytes; a "step" is a distance in bytes, and may
// be negative: a reversed sequence begins at its last token.
//
// Call:                                               Unit, one per sequence, value head and block of value columns:
//   0 K         4 V (columns of a unit at most)          0 q     4 k     8 v    12 beta   16 gate   20 o      first token
//   8 n         micro-steps per token                   24 initial (0 = zeros)            28 state (0 = not wanted)
//  12 gate      0 none, 1 log, 2 factor                 32 tokens               36 V      columns of this unit
//  16 gateKStep 0 = one gate for all channels           40 dO   44 dq   48 dk   52 dv   56 dbeta   60 dgate   (backward)
//  20 scale    24 chunk (micro-steps)                   64 dState (0 = zeros)             68 dInitial (0 = not wanted)
//  28 stateK   32 stateV      steps of both states      72 tape: states kept on the way   76 (unused)
//  36 q        40 k      44 kMicro   48 v   52 vMicro
//  56 beta     60 betaMicro         64 gate    68 o
//
// Gradients lie as what they are gradients of.

export const DELTA_UNIT_BYTES: i32 = 80;

export const GATE_NONE: i32 = 0;
export const GATE_LOG: i32 = 1;

// @ts-ignore: decorator
@inline export function callK(c: usize): i32 { return load<i32>(c); }
// @ts-ignore: decorator
@inline export function callMicroSteps(c: usize): i32 { return load<i32>(c, 8); }
// @ts-ignore: decorator
@inline export function callGate(c: usize): i32 { return load<i32>(c, 12); }
// @ts-ignore: decorator
@inline export function callGateKStep(c: usize): usize { return load<usize>(c, 16); }
// @ts-ignore: decorator
@inline export function callScale(c: usize): f32 { return load<f32>(c, 20); }
// @ts-ignore: decorator
@inline export function callChunk(c: usize): i32 { return load<i32>(c, 24); }
// @ts-ignore: decorator
@inline export function callStateKStep(c: usize): usize { return load<usize>(c, 28); }
// @ts-ignore: decorator
@inline export function callStateVStep(c: usize): usize { return load<usize>(c, 32); }
// @ts-ignore: decorator
@inline export function callQStep(c: usize): usize { return load<usize>(c, 36); }
// @ts-ignore: decorator
@inline export function callKStep(c: usize): usize { return load<usize>(c, 40); }
// @ts-ignore: decorator
@inline export function callKMicro(c: usize): usize { return load<usize>(c, 44); }
// @ts-ignore: decorator
@inline export function callVStep(c: usize): usize { return load<usize>(c, 48); }
// @ts-ignore: decorator
@inline export function callVMicro(c: usize): usize { return load<usize>(c, 52); }
// @ts-ignore: decorator
@inline export function callBetaStep(c: usize): usize { return load<usize>(c, 56); }
// @ts-ignore: decorator
@inline export function callBetaMicro(c: usize): usize { return load<usize>(c, 60); }
// @ts-ignore: decorator
@inline export function callGateStep(c: usize): usize { return load<usize>(c, 64); }
// @ts-ignore: decorator
@inline export function callOStep(c: usize): usize { return load<usize>(c, 68); }

// @ts-ignore: decorator
@inline export function unitQ(u: usize): usize { return load<usize>(u); }
// @ts-ignore: decorator
@inline export function unitK(u: usize): usize { return load<usize>(u, 4); }
// @ts-ignore: decorator
@inline export function unitV(u: usize): usize { return load<usize>(u, 8); }
// @ts-ignore: decorator
@inline export function unitBeta(u: usize): usize { return load<usize>(u, 12); }
// @ts-ignore: decorator
@inline export function unitGate(u: usize): usize { return load<usize>(u, 16); }
// @ts-ignore: decorator
@inline export function unitO(u: usize): usize { return load<usize>(u, 20); }
// @ts-ignore: decorator
@inline export function unitInitial(u: usize): usize { return load<usize>(u, 24); }
// @ts-ignore: decorator
@inline export function unitState(u: usize): usize { return load<usize>(u, 28); }
// @ts-ignore: decorator
@inline export function unitTokens(u: usize): i32 { return load<i32>(u, 32); }
// @ts-ignore: decorator
@inline export function unitColumns(u: usize): i32 { return load<i32>(u, 36); }
// @ts-ignore: decorator
@inline export function unitDO(u: usize): usize { return load<usize>(u, 40); }
// @ts-ignore: decorator
@inline export function unitDq(u: usize): usize { return load<usize>(u, 44); }
// @ts-ignore: decorator
@inline export function unitDk(u: usize): usize { return load<usize>(u, 48); }
// @ts-ignore: decorator
@inline export function unitDv(u: usize): usize { return load<usize>(u, 52); }
// @ts-ignore: decorator
@inline export function unitDBeta(u: usize): usize { return load<usize>(u, 56); }
// @ts-ignore: decorator
@inline export function unitDGate(u: usize): usize { return load<usize>(u, 60); }
// @ts-ignore: decorator
@inline export function unitDState(u: usize): usize { return load<usize>(u, 64); }
// @ts-ignore: decorator
@inline export function unitDInitial(u: usize): usize { return load<usize>(u, 68); }
// @ts-ignore: decorator
@inline export function unitTape(u: usize): usize { return load<usize>(u, 72); }
