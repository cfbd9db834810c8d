// The two records that the host writes for an attention call. Fields are 4 bytes; "step" is a distance in bytes.
//
// Options, one per call:                              Unit, one per block of query rows of one head:
//   0 d        4 dv        8 qStep     12 kStep          0 q     4 k     8 v    12 o      first row of the block (q, o),
//  16 vStep   20 oStep    24 biasRowStep                16 lse  20 bias                    first key (k, v); bias 0 = none
//  28 biasKeyStep         32 left      36 right         24 rows 28 keys 32 position       of the first row among the keys
//  40 scale   44 cap (0 = none)        48 hasSlopes     36 slope        40 sink           (sink -inf = none)
//  52 dBias - bias (backward; 0 = not wanted)           44 dO   48 dq   52 dk   56 dv   60 dSink   (backward)
//
// A row at position p sees key j when p - left <= j <= p + right. k, v, their gradients and bias start at key 0, q at row 0.

export const UNIT_BYTES: i32 = 64;

// @ts-ignore: decorator
@inline export function optionD(o: usize): i32 { return load<i32>(o); }
// @ts-ignore: decorator
@inline export function optionDv(o: usize): i32 { return load<i32>(o, 4); }
// @ts-ignore: decorator
@inline export function optionQStep(o: usize): usize { return load<usize>(o, 8); }
// @ts-ignore: decorator
@inline export function optionKStep(o: usize): usize { return load<usize>(o, 12); }
// @ts-ignore: decorator
@inline export function optionVStep(o: usize): usize { return load<usize>(o, 16); }
// @ts-ignore: decorator
@inline export function optionOStep(o: usize): usize { return load<usize>(o, 20); }
// @ts-ignore: decorator
@inline export function optionBiasRowStep(o: usize): usize { return load<usize>(o, 24); }
// @ts-ignore: decorator
@inline export function optionBiasKeyStep(o: usize): usize { return load<usize>(o, 28); }
// @ts-ignore: decorator
@inline export function optionLeft(o: usize): i32 { return load<i32>(o, 32); }
// @ts-ignore: decorator
@inline export function optionRight(o: usize): i32 { return load<i32>(o, 36); }
// @ts-ignore: decorator
@inline export function optionScale(o: usize): f32 { return load<f32>(o, 40); }
// @ts-ignore: decorator
@inline export function optionCap(o: usize): f32 { return load<f32>(o, 44); }
// @ts-ignore: decorator
@inline export function optionHasSlopes(o: usize): bool { return load<i32>(o, 48) != 0; }

// @ts-ignore: decorator
@inline export function unitQ(u: usize): usize { return load<usize>(u); }
// @ts-ignore: decorator
@inline export function unitK(u: usize): usize { return load<usize>(u, 4); }
// @ts-ignore: decorator
@inline export function unitV(u: usize): usize { return load<usize>(u, 8); }
// @ts-ignore: decorator
@inline export function unitO(u: usize): usize { return load<usize>(u, 12); }
// @ts-ignore: decorator
@inline export function unitLse(u: usize): usize { return load<usize>(u, 16); }
// @ts-ignore: decorator
@inline export function unitBias(u: usize): usize { return load<usize>(u, 20); }
// @ts-ignore: decorator
@inline export function unitRows(u: usize): i32 { return load<i32>(u, 24); }
// @ts-ignore: decorator
@inline export function unitKeys(u: usize): i32 { return load<i32>(u, 28); }
// @ts-ignore: decorator
@inline export function unitPosition(u: usize): i32 { return load<i32>(u, 32); }
// @ts-ignore: decorator
@inline export function unitSlope(u: usize): f32 { return load<f32>(u, 36); }
// @ts-ignore: decorator
@inline export function unitSink(u: usize): f32 { return load<f32>(u, 40); }

// @ts-ignore: decorator
@inline export function optionDBias(o: usize): usize { return load<usize>(o, 52); }
// @ts-ignore: decorator
@inline export function unitDO(u: usize): usize { return load<usize>(u, 44); }
// @ts-ignore: decorator
@inline export function unitDq(u: usize): usize { return load<usize>(u, 48); }
// @ts-ignore: decorator
@inline export function unitDk(u: usize): usize { return load<usize>(u, 52); }
// @ts-ignore: decorator
@inline export function unitDv(u: usize): usize { return load<usize>(u, 56); }
// @ts-ignore: decorator
@inline export function unitDSink(u: usize): usize { return load<usize>(u, 60); }
