// Where a micro-step of a unit finds its key, value, strength and decay. Micro-step m belongs to token floor(m / n).

import {
  callBetaMicro, callBetaStep, callGate, callGateKStep, callGateStep, callKMicro, callKStep, callMicroSteps, callVMicro,
  callVStep, GATE_LOG, GATE_NONE, unitBeta, unitGate, unitK, unitV,
} from "./delta-layout";
import { exp4 } from "./exp";

// @ts-ignore: decorator
@inline
function microAddress(base: usize, call: usize, m: i32, step: usize, micro: usize): usize {
  const n = callMicroSteps(call);
  if (n == 1) return base + <usize>m * step;
  const token = m / n;
  return base + <usize>token * step + <usize>(m - token * n) * micro;
}

// @ts-ignore: decorator
@inline
export function keyOf(call: usize, k: usize, m: i32): usize {
  return microAddress(k, call, m, callKStep(call), callKMicro(call));
}

// @ts-ignore: decorator
@inline
export function valueOf(call: usize, v: usize, m: i32): usize {
  return microAddress(v, call, m, callVStep(call), callVMicro(call));
}

// @ts-ignore: decorator
@inline
export function strengthOf(call: usize, beta: usize, m: i32): usize {
  return microAddress(beta, call, m, callBetaStep(call), callBetaMicro(call));
}

/** Whether the state decays before micro-step m: once per token, if at all. */
// @ts-ignore: decorator
@inline
export function isGated(call: usize, m: i32): bool {
  return callGate(call) != GATE_NONE && (callMicroSteps(call) == 1 || m % callMicroSteps(call) == 0);
}

/** Whether the state is read after micro-step m: after the last of a token. */
// @ts-ignore: decorator
@inline
export function isRead(call: usize, m: i32): bool {
  return callMicroSteps(call) == 1 || (m + 1) % callMicroSteps(call) == 0;
}

/** The factor that the gate at `from` stands for. */
// @ts-ignore: decorator
@inline
export function decayAt(call: usize, from: usize): f32 {
  const x = load<f32>(from);
  return callGate(call) == GATE_LOG ? f32x4.extract_lane(exp4(f32x4.splat(x)), 0) : x;
}

/** What a sum of logs or a product of factors begins with. */
// @ts-ignore: decorator
@inline
export function startOf(isLog: bool): f32 {
  return isLog ? 0 : 1;
}

// @ts-ignore: decorator
@inline
export function joined(total: f32, gate: f32, isLog: bool): f32 {
  return isLog ? total + gate : total * gate;
}

// @ts-ignore: decorator
@inline
export function factorOf(total: f32, isLog: bool): f32 {
  return isLog ? f32x4.extract_lane(exp4(f32x4.splat(total)), 0) : total;
}

/** decay[0 .. channels) = the factors of the K rows of the state before micro-step m; 1 where nothing decays. */
export function decayRow(call: usize, unit: usize, m: i32, channels: i32, decay: usize): void {
  const from = unitGate(unit) + <usize>(m / callMicroSteps(call)) * callGateStep(call), step = callGateKStep(call);
  let one: f32 = 1;
  if (isGated(call, m)) {
    if (step) {
      decayChannels(from, step, channels, callGate(call) == GATE_LOG, decay);
      return;
    }
    one = decayAt(call, from);
  }
  const x = f32x4.splat(one);
  let d = 0;
  for (; d <= channels - 4; d += 4, decay += 16) v128.store(decay, x);
  for (; d < channels; d++, decay += 4) store<f32>(decay, one);
}

function decayChannels(from: usize, step: usize, channels: i32, isLog: bool, decay: usize): void {
  let d = 0;
  for (; d <= channels - 4; d += 4, from += 16, decay += 16) {
    const x = v128.load(from);
    v128.store(decay, isLog ? exp4(x) : x);
  }
  for (; d < channels; d++, from += step, decay += 4) {
    const x = load<f32>(from);
    store<f32>(decay, isLog ? f32x4.extract_lane(exp4(f32x4.splat(x)), 0) : x);
  }
}
