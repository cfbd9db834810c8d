// The record that the host writes for a call of the selective scan: one 4-byte field each, addresses of f32 unless said.
//
//    0 u       4 delta   8 a      12 b      16 c      u, delta, z, y [B, D, L]; a [D, N4]; b, c [B, G, L, N4] or [D, N4],
//   20 d      24 z      28 bias   32 h0     36 y      N4 = N rounded up to 4 and padded with zeros; h0, state [S, D, N];
//   40 state  44 stretches (i32 [S, 3]: batch entry, first step, steps)      d, z, bias, h0: 0 = none
//   48 D      52 N      56 L      60 channels of a group                     64 flags
//   68 dY     72 dState 76 du     80 dDelta 84 dz     backward; dState, dz: 0 = none
//   88 dh0    92 sums per (sequence, channel): a N4, b N4, c N4, d, bias, 2 unused
//   96 dB    100 dC     per block of channels of a group: [blocks, B, G, L, N4]
//  104 bytes from one block's dB to the next   108 channels of a block

export const SOFTPLUS: i32 = 1;
/** The coefficient is 2 e^(dt A) - 1, not e^(dt A). */
export const SIGNED: i32 = 2;
export const CONSTANT_B: i32 = 4;
export const CONSTANT_C: i32 = 8;

// @ts-ignore: decorator
@inline export function field(record: usize, offset: usize): usize { return load<usize>(record + offset); }
// @ts-ignore: decorator
@inline export function channelsOf(record: usize): i32 { return load<i32>(record, 48); }
// @ts-ignore: decorator
@inline export function statesOf(record: usize): i32 { return load<i32>(record, 52); }
// @ts-ignore: decorator
@inline export function stepsOf(record: usize): i32 { return load<i32>(record, 56); }
// @ts-ignore: decorator
@inline export function groupChannelsOf(record: usize): i32 { return load<i32>(record, 60); }
// @ts-ignore: decorator
@inline export function flagsOf(record: usize): i32 { return load<i32>(record, 64); }
/** Bytes of one padded row of states. */
// @ts-ignore: decorator
@inline export function rowBytesOf(record: usize): usize { return <usize>((statesOf(record) + 3) & ~3) << 2; }

// @ts-ignore: decorator
@inline function stretch(record: usize, sequence: i32): usize { return field(record, 44) + <usize>sequence * 12; }
// @ts-ignore: decorator
@inline export function stretchSteps(record: usize, sequence: i32): i32 { return load<i32>(stretch(record, sequence), 8); }

/** Bytes from the start of a [B, D, L] tensor to the channel's first step in the sequence. */
// @ts-ignore: decorator
@inline
export function channelOffset(record: usize, sequence: i32, channel: i32): usize {
  const at = stretch(record, sequence);
  return <usize>((load<i32>(at) * channelsOf(record) + channel) * stepsOf(record) + load<i32>(at, 4)) << 2;
}

/** Bytes from the start of b or c to the row of the channel's first step; `constant` rows are the channel's own. */
// @ts-ignore: decorator
@inline
export function rowOffset(record: usize, sequence: i32, channel: i32, constant: bool): usize {
  if (constant) return <usize>channel * rowBytesOf(record);
  const at = stretch(record, sequence), groupChannels = groupChannelsOf(record);
  const group = load<i32>(at) * (channelsOf(record) / groupChannels) + channel / groupChannels;
  return <usize>(group * stepsOf(record) + load<i32>(at, 4)) * rowBytesOf(record);
}
