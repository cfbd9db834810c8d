/** Runs a case on an engine, forward and backward, and compares with its oracle. */
import { expect } from "vitest";
import type { BackendName } from "../../../src/backends/contract.js";
import type { Engine } from "../../../src/engine/engine.js";
import { lightnet } from "../../../src/systems/lightnet/lightnet.js";
import { lightnetBackward } from "../../../src/systems/lightnet/lightnet-backward.js";
import type { LightNetOptions } from "../../../src/systems/lightnet/params.js";
import { logNormaliser } from "../../../src/systems/lightnet/state.js";
import { rmsRatio } from "../../support/golden.js";
import { type Case, oracleOf, type Results, tensorsOf } from "./cases.js";

type More = Pick<LightNetOptions, "form" | "chunk">;

/** All results of a case as arrays; dx is the gradient of the logits, dk that of a key besides. */
export async function run(engine: Engine, on: BackendName, given: Case, more: More = {}): Promise<Partial<Results>> {
  const { q, k, v, dO, options, dState } = tensorsOf(engine, given);
  const all = { ...options, ...more, on };
  const { o, state } = lightnet(q, k, v, all);
  const z = logNormaliser(state, { on });
  const { dq, dk, dv, dGate, dInitialState } = lightnetBackward(q, k, v, dO, { ...all, dState });
  const tensors = {
    ...{ o, s: state.s, z, dq, dv, ds0: dInitialState.s, dz0: dInitialState.z },
    ...(dGate ? { dk, dx: dGate } : { dx: dk }),
  };
  const arrays: Partial<Results> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    arrays[name as keyof Results] = Float64Array.from(await tensor.data());
  }
  const made = [q, k, v, dO, ...Object.values(tensors), state.max, state.sum, options.gate];
  for (const tensor of [...made, options.initialState?.s, options.initialState?.z, dState.s, dState.z])
    tensor?.dispose();
  return arrays;
}

/** The bounds of the operations: 1e-6 of the results, 1e-5 of the gradients. */
export async function check(
  engine: Engine,
  on: BackendName,
  given: Case,
  more: More & { bound?: number; reference?: Results } = {},
): Promise<void> {
  const { bound = 1e-6, reference = oracleOf(given), ...options } = more;
  const got = await run(engine, on, given, options);
  for (const [name, values] of Object.entries(got) as [keyof Results, Float64Array][]) {
    const isGradient = name.startsWith("d");
    const { batch, time, heads, d, e } = given;
    const label = `${name} of ${JSON.stringify({ batch, time, heads, d, e, on, ...options })}`;
    expect(
      values.every((x) => !Number.isNaN(x)),
      `${label} has NaN`,
    ).toBe(true);
    const finite = (array: Float64Array) => array.map((x) => (x === -Infinity ? -1e3 : x));
    const error = rmsRatio(finite(values), finite(reference[name]));
    expect(error, label).toBeLessThanOrEqual(isGradient ? Math.max(1e-5, bound) : bound);
  }
}
