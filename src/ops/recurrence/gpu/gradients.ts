/** From the gradients of value heads in chunks to those of the call's tensors. */
import { type GpuRegion, packParams } from "../../../backends/webgpu/run.js";
import { source as betaShader } from "../../../generated/shaders/recurrence-beta-gradient.js";
import { source as foldShader } from "../../../generated/shaders/recurrence-fold.js";
import { source as gateShader } from "../../../generated/shaders/recurrence-gate-gradient.js";
import { source as vectorGateShader } from "../../../generated/shaders/recurrence-gate-gradient-vector.js";
import { source as signedShader } from "../../../generated/shaders/recurrence-signed-gradient.js";
import { groupsFor } from "../../support/gpu.js";
import type { SegmentGradients } from "./backward.js";
import { gateKinds, gateWidth, type Operand, orderFields, paddedTo4 } from "./call.js";
import { type ChunkPass, flags, type Matrix } from "./pass.js";

interface FoldUse {
  readonly width: number;
  readonly share: number;
  readonly perToken?: boolean;
  readonly beta?: Operand;
  readonly plus?: Matrix;
  readonly scale?: number;
}

/** gradient = scale sum (beta x + plus) over the value heads that share a head of it. */
export function fold(pass: ChunkPass, gradient: GpuRegion, x: Matrix, use: FoldUse): void {
  const { call, segment, tables } = pass;
  const { width, share, perToken, beta, plus, scale = 1 } = use;
  const invocations = (pass.units * call.chunk * width) / share;
  pass.g.dispatch({
    label: "recurrence (fold)",
    shader: foldShader,
    params: packParams(
      ...[segment.first, 0, call.heads, share, call.householders, width, x.columns, invocations],
      ...[{ f32: scale }, call.chunk, flags(beta, plus, perToken), ...orderFields(call), 0],
    ),
    bindings: [tables.chunks, x.region, plus?.region ?? x.region, beta ?? x.region, gradient],
    groups: groupsFor(invocations),
  });
}

/** @param v of the call */
export function betaGradient({ pass, of, dZ, matrices }: SegmentGradients, v: Operand, gradient: GpuRegion): void {
  const { call, segment, tables } = pass;
  const invocations = pass.units * call.chunk;
  pass.g.dispatch({
    label: "recurrence (beta)",
    shader: betaShader,
    params: packParams(
      ...[segment.first, 0, call.heads, paddedTo4(call.k), call.v, dZ.columns, invocations, call.chunk],
      ...[call.householders, ...orderFields(call), 0, 0, 0],
    ),
    bindings: [tables.chunks, matrices.y.region, of("x").region, dZ.region, v, gradient],
    groups: groupsFor(invocations),
  });
}

/** From the first of the bound states to the first of their gradients. */
const slotsBetween = (states: Matrix, dStates: Matrix): number => (dStates.slot ?? 0) - (states.slot ?? 0);

/** With respect to the logarithm of the gate. */
export function gateGradient({ pass, roles, states, dStates }: SegmentGradients, gradient: GpuRegion): void {
  const { call, segment, tables, units } = pass;
  const [k, v] = [paddedTo4(call.k), paddedTo4(call.v)];
  const isVector = call.gate === "vector";
  const all = (name: string) => pass.workspace.region(name, 4 * roles.length * call.chunk * k);
  pass.g.dispatch({
    label: "recurrence (gate)",
    shader: isVector ? vectorGateShader : gateShader,
    params: packParams(
      ...[segment.first, states.slot ?? 0, call.heads, call.householders, units, call.k, k, v, gateWidth(call)],
      ...(isVector ? [units * call.k] : []),
      ...[call.chunk, gateKinds[call.gate], roles.length, Number(pass.exclusive), slotsBetween(states, dStates)],
      ...[...orderFields(call), 0, 0],
    ),
    bindings: [tables.chunks, pass.decays, all("operands"), all("gradients"), states.region, dStates.region, gradient],
    groups: isVector ? groupsFor(units * call.k) : units,
  });
}

/** With respect to the factor that a signed gate is. */
export function signedGateGradient(
  { pass, roles, states, dStates }: SegmentGradients,
  gate: Operand,
  gradient: GpuRegion,
): void {
  const { call, segment, tables, units } = pass;
  const [k, v] = [paddedTo4(call.k), paddedTo4(call.v)];
  const operands = pass.workspace.region("operands", 4 * roles.length * call.chunk * k);
  const values = pass.workspace.region("values", 12 * call.chunk * v);
  pass.g.dispatch({
    label: "recurrence (signed gate)",
    shader: signedShader,
    params: packParams(
      ...[segment.first, states.slot ?? 0, call.heads, call.householders, units, call.k, k, call.v, v, call.chunk],
      ...[Number(call.gate === "vector"), slotsBetween(states, dStates), ...orderFields(call)],
    ),
    bindings: [tables.chunks, gate, operands, values, states.region, dStates.region, gradient],
    groups: units,
  });
}
