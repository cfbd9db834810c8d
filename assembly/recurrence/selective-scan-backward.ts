// Gradients of the selective scan. Each channel runs forward once, keeping its state at the starts of tiles, then takes the
// tiles from the last to the first: their states are recomputed and the reverse recurrence
//   lambda_t = c dy_t + f(dt a)_(t+1) lambda_(t+1)
// passes over them. A task is a block of channels of one group in one sequence, which adds up its own dB and dC.

import { copyBytes } from "../common/copy";
import { sigmoid4 } from "../common/expm1";
import { fma } from "../common/fma";
import {
  channelOffset, channelsOf, CONSTANT_B, CONSTANT_C, field, flagsOf, groupChannelsOf, rowBytesOf, rowOffset, SIGNED, SOFTPLUS,
  statesOf, stepsOf, stretchSteps,
} from "../common/selective-record";
import { laneSums, runSteps, stepSizes, stepSlopes, TILE } from "../common/selective-steps";
import { loadUpTo4, storeUpTo4 } from "../common/tail";

// Scratch: dt | g (256 bytes each) | sums | sums of lambda b | sums of the past (1024 each), then rows of states:
// lambda | tile's dA, dB, dC | h of a tile and before | e of a tile | h at the starts of tiles.
const G: usize = 256;
const SUMS: usize = 512;
const WRITES: usize = SUMS + 1024;
const PASTS: usize = WRITES + 1024;
const ROWS: usize = PASTS + 1024;
const ROWS_USED: i32 = 4 + 2 * TILE + 1;

/** Scratch bytes of f32_selective_scan_backward for sequences of at most `steps` steps. */
export function f32_selective_scan_backward_scratch(states: i32, steps: i32): i32 {
  return <i32>ROWS + (ROWS_USED + (steps + TILE - 1) / TILE) * ((states + 3) & ~3) * 4;
}

/** Tasks [first, first + count): (sequence, group, block of channels), the block running fastest. */
export function f32_selective_scan_backward(record: usize, first: i32, count: i32, scratch: usize): void {
  const groupChannels = groupChannelsOf(record), width = <i32>field(record, 108);
  const blocks = (groupChannels + width - 1) / width, groups = channelsOf(record) / groupChannels;
  for (let task = first; task < first + count; task++) {
    const block = task % blocks, group = (task / blocks) % groups, sequence = task / (blocks * groups);
    const start = group * groupChannels + block * width;
    const end = min(start + width, (group + 1) * groupChannels);
    const part = <usize>block * field(record, 104);
    clearRows(record, sequence, start, part);
    for (let channel = start; channel < end; channel++) backwardChannel(record, sequence, channel, part, scratch);
  }
}

/** Zeros where this task adds up dB and dC. */
function clearRows(record: usize, sequence: i32, channel: i32, part: usize): void {
  const bytes = <usize>stretchSteps(record, sequence) * rowBytesOf(record), at = part + rowOffset(record, sequence, channel, false);
  if (!(flagsOf(record) & CONSTANT_B)) memory.fill(field(record, 96) + at, 0, bytes);
  if (!(flagsOf(record) & CONSTANT_C)) memory.fill(field(record, 100) + at, 0, bytes);
}

function backwardChannel(record: usize, sequence: i32, channel: i32, part: usize, scratch: usize): void {
  const unit = <usize>(sequence * channelsOf(record) + channel), flags = flagsOf(record);
  const bytes = rowBytesOf(record), stateBytes = statesOf(record) << 2, steps = stretchSteps(record, sequence);
  const offset = channelOffset(record, sequence, channel), softplus = (flags & SOFTPLUS) != 0, signed = (flags & SIGNED) != 0;
  const u = field(record, 0) + offset, delta = field(record, 4) + offset;
  const bias = field(record, 28) ? load<f32>(field(record, 28) + (<usize>channel << 2)) : 0;
  const skip = field(record, 20) ? load<f32>(field(record, 20) + (<usize>channel << 2)) : 0;
  const isConstantB = (flags & CONSTANT_B) != 0, isConstantC = (flags & CONSTANT_C) != 0;
  const a = field(record, 8) + <usize>channel * bytes;
  const bOffset = rowOffset(record, sequence, channel, isConstantB), bStep: usize = isConstantB ? 0 : bytes;
  const cOffset = rowOffset(record, sequence, channel, isConstantC), cStep: usize = isConstantC ? 0 : bytes;
  const b = field(record, 12) + bOffset, c = field(record, 16) + cOffset;
  const lambda = scratch + ROWS, own = lambda + bytes, h = own + 3 * bytes;
  const e = h + <usize>(TILE + 1) * bytes, starts = e + <usize>TILE * bytes;
  const totals = field(record, 92) + unit * (3 * bytes + 16);
  memory.fill(totals, 0, 3 * bytes + 16);

  memory.fill(starts, 0, bytes);
  if (field(record, 32)) copyBytes(starts, field(record, 32) + unit * stateBytes, stateBytes);
  for (let t = 0, start = starts; t + TILE < steps; t += TILE, start += bytes) {
    const at = <usize>t << 2;
    stepSizes(delta + at, bias, softplus, TILE, scratch);
    copyBytes(start + bytes, start, <i32>bytes);
    const bAt = b + <usize>t * bStep, cAt = c + <usize>t * cStep;
    runSteps(TILE, bytes, signed, a, bAt, bStep, cAt, cStep, scratch, u + at, start + bytes, e, 0, scratch + SUMS);
  }

  memory.fill(lambda, 0, bytes);
  if (field(record, 72)) copyBytes(lambda, field(record, 72) + unit * stateBytes, stateBytes);
  for (let tile = (steps - 1) / TILE; tile >= 0 && steps > 0; tile--) {
    const t = tile * TILE, n = min(TILE, steps - t), at = <usize>t << 2, row = <usize>t;
    copyBytes(h, starts + <usize>tile * bytes, <i32>bytes);
    stepSizes(delta + at, bias, softplus, n, scratch);
    const bAt = b + row * bStep, cAt = c + row * cStep;
    runSteps(n, bytes, signed, a, bAt, bStep, cAt, cStep, scratch, u + at, h, e, bytes, scratch + SUMS);
    const dSkip = gateGradient(record, offset + at, skip, n, scratch);
    memory.fill(own, 0, 3 * bytes);
    const dB = isConstantB ? own + bytes : field(record, 96) + part + bOffset + row * bytes;
    const dC = isConstantC ? own + 2 * bytes : field(record, 100) + part + cOffset + row * bytes;
    reverseSteps(n, bytes, signed, a, bAt, bStep, dB, cAt, cStep, dC, u + at, lambda, own, h, e, scratch);
    const dBias = inputGradients(record, offset + at, skip, bias, softplus, n, scratch);
    for (let j: usize = 0; j < 3 * bytes; j += 16) v128.store(totals + j, f32x4.add(v128.load(totals + j), v128.load(own + j)));
    store<f32>(totals + 3 * bytes, load<f32>(totals + 3 * bytes) + dSkip);
    store<f32>(totals + 3 * bytes, load<f32>(totals + 3 * bytes, 4) + dBias, 4);
  }
  copyBytes(field(record, 88) + unit * stateBytes, lambda, stateBytes);
}

// @ts-ignore: decorator
@inline
function total(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** g = dY silu(z) and dz = dY y silu'(z), y from the tile's sums; returns the sum of g u. */
function gateGradient(record: usize, offset: usize, skip: f32, n: i32, scratch: usize): f32 {
  let u = field(record, 0) + offset, dY = field(record, 68) + offset, z = field(record, 24), dz = field(record, 84) + offset;
  const hasGate = z != 0;
  z += offset;
  let sums = scratch + SUMS, g = scratch + G, dSkip = f32x4.splat(0);
  for (; n > 0; n -= 4, sums += 64, g += 16, u += 16, dY += 16, z += 16, dz += 16) {
    const input = loadUpTo4(u, n);
    let gradient = loadUpTo4(dY, n);
    if (hasGate) {
      const gate = loadUpTo4(z, n), s = sigmoid4(gate), y = fma(f32x4.splat(skip), input, laneSums(sums));
      // silu' = s (1 + z (1 - s)).
      const slope = f32x4.mul(s, fma(gate, f32x4.sub(f32x4.splat(1), s), f32x4.splat(1)));
      storeUpTo4(dz, f32x4.mul(f32x4.mul(gradient, y), slope), n);
      gradient = f32x4.mul(gradient, f32x4.mul(gate, s));
    }
    v128.store(g, gradient);
    dSkip = fma(gradient, input, dSkip);
  }
  return total(dSkip);
}

/** The reverse recurrence over a tile; leaves lane sums of lambda b and of lambda f' h a for inputGradients. */
function reverseSteps(
  n: i32, bytes: usize, signed: bool, a: usize, b: usize, bStep: usize, dB: usize, c: usize, cStep: usize, dC: usize,
  u: usize, lambda: usize, dA: usize, h: usize, e: usize, scratch: usize,
): void {
  const factor = f32x4.splat(signed ? 2 : 1), shift = f32x4.splat(signed ? -1 : 0);
  for (let t: usize = n - 1; <isize>t >= 0; t--) {
    const step = v128.load32_splat(scratch + (t << 2)), g = v128.load32_splat(scratch + G + (t << 2));
    const input = f32x4.mul(step, v128.load32_splat(u + (t << 2)));
    const bRow = b + t * bStep, cRow = c + t * cStep, dBRow = dB + t * bStep, dCRow = dC + t * cStep;
    const before = h + t * bytes, decays = e + t * bytes;
    let writes = f32x4.splat(0), pasts = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      const carry = fma(g, v128.load(cRow + j), v128.load(lambda + j));
      v128.store(dBRow + j, fma(carry, input, v128.load(dBRow + j)));
      v128.store(dCRow + j, fma(g, v128.load(before + bytes + j), v128.load(dCRow + j)));
      writes = fma(carry, v128.load(bRow + j), writes);
      const decay = v128.load(decays + j);
      const past = f32x4.mul(f32x4.mul(carry, f32x4.mul(factor, decay)), v128.load(before + j));
      v128.store(dA + j, fma(past, step, v128.load(dA + j)));
      pasts = fma(past, v128.load(a + j), pasts);
      v128.store(lambda + j, f32x4.mul(fma(factor, decay, shift), carry));
    }
    v128.store(scratch + WRITES + (t << 4), writes);
    v128.store(scratch + PASTS + (t << 4), pasts);
  }
}

/** du = dt (lambda b) + d g and dDelta = (u (lambda b) + past) d dt / d delta; returns the sum of dDelta. */
function inputGradients(record: usize, offset: usize, skip: f32, bias: f32, softplus: bool, n: i32, scratch: usize): f32 {
  let u = field(record, 0) + offset, delta = field(record, 4) + offset;
  let du = field(record, 76) + offset, dDelta = field(record, 80) + offset;
  let dt = scratch, g = scratch + G, writes = scratch + WRITES, pasts = scratch + PASTS, dBias: f32 = 0;
  for (; n > 0; n -= 4, u += 16, delta += 16, du += 16, dDelta += 16, dt += 16, g += 16, writes += 64, pasts += 64) {
    const written = laneSums(writes);
    storeUpTo4(du, fma(v128.load(dt), written, f32x4.mul(f32x4.splat(skip), v128.load(g))), n);
    const slope = stepSlopes(loadUpTo4(delta, n), bias, softplus);
    const gradient = f32x4.mul(fma(loadUpTo4(u, n), written, laneSums(pasts)), slope);
    storeUpTo4(dDelta, gradient, n);
    for (let i = 0; i < min(n, 4); i++) dBias += load<f32>(dDelta + (<usize>i << 2));
  }
  return dBias;
}
