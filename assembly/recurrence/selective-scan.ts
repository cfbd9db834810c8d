// Mamba's selective scan, forward: h = f(dt a) h + dt b u, y = (c h + d u) silu(z) per channel, f(x) = e^x or 2 e^x - 1.
// A unit is one channel of one sequence; units are independent.

import { copyBytes } from "../common/copy";
import { sigmoid4 } from "../common/expm1";
import { fma } from "../common/fma";
import {
  channelOffset, channelsOf, CONSTANT_B, CONSTANT_C, field, flagsOf, rowBytesOf, rowOffset, SIGNED, SOFTPLUS, statesOf,
  stretchSteps,
} from "../common/selective-record";
import { laneSums, runSteps, stepSizes, TILE } from "../common/selective-steps";
import { loadUpTo4, storeUpTo4 } from "../common/tail";

// Scratch: dt (256 bytes) | sums (1024) | h | e.
const SUMS: usize = 256;
const STATE: usize = SUMS + 1024;

/** Scratch bytes of f32_selective_scan. */
export function f32_selective_scan_scratch(states: i32): i32 {
  return <i32>STATE + 2 * ((states + 3) & ~3) * 4;
}

/** Units [first, first + count); a unit is sequence D + channel. */
export function f32_selective_scan(record: usize, first: i32, count: i32, scratch: usize): void {
  for (let unit = first; unit < first + count; unit++) scanUnit(record, unit, scratch);
}

function scanUnit(record: usize, unit: i32, scratch: usize): void {
  const sequence = unit / channelsOf(record), channel = unit % channelsOf(record), flags = flagsOf(record);
  const bytes = rowBytesOf(record), stateBytes = <usize>statesOf(record) << 2;
  const h = scratch + STATE, e = h + bytes, steps = stretchSteps(record, sequence);
  const offset = channelOffset(record, sequence, channel);
  const u = field(record, 0) + offset, delta = field(record, 4) + offset, y = field(record, 36) + offset;
  const z = field(record, 24) ? field(record, 24) + offset : 0;
  const bias = field(record, 28) ? load<f32>(field(record, 28) + (<usize>channel << 2)) : 0;
  const skip = field(record, 20) ? load<f32>(field(record, 20) + (<usize>channel << 2)) : 0;
  const isConstantB = (flags & CONSTANT_B) != 0, isConstantC = (flags & CONSTANT_C) != 0;
  const a = field(record, 8) + <usize>channel * bytes;
  const b = field(record, 12) + rowOffset(record, sequence, channel, isConstantB), bStep: usize = isConstantB ? 0 : bytes;
  const c = field(record, 16) + rowOffset(record, sequence, channel, isConstantC), cStep: usize = isConstantC ? 0 : bytes;
  memory.fill(h, 0, bytes);
  if (field(record, 32)) copyBytes(h, field(record, 32) + <usize>unit * stateBytes, <i32>stateBytes);
  for (let t = 0; t < steps; t += TILE) {
    const n = min(TILE, steps - t), at = <usize>t << 2;
    stepSizes(delta + at, bias, (flags & SOFTPLUS) != 0, n, scratch);
    runSteps(
      n, bytes, (flags & SIGNED) != 0, a, b + <usize>t * bStep, bStep, c + <usize>t * cStep, cStep,
      scratch, u + at, h, e, 0, scratch + SUMS,
    );
    readOut(scratch + SUMS, u + at, skip, z ? z + at : 0, n, y + at);
  }
  copyBytes(field(record, 40) + <usize>unit * stateBytes, h, <i32>stateBytes);
}

/** y = (c h + d u) silu(z). */
function readOut(sums: usize, u: usize, skip: f32, z: usize, n: i32, y: usize): void {
  for (; n > 0; n -= 4, sums += 64, u += 16, y += 16) {
    let value = fma(f32x4.splat(skip), loadUpTo4(u, n), laneSums(sums));
    if (z) {
      const gate = loadUpTo4(z, n);
      value = f32x4.mul(value, f32x4.mul(gate, sigmoid4(gate)));
      z += 16;
    }
    storeUpTo4(y, value, n);
  }
}
