import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { lightnet } from "../../../src/systems/lightnet/lightnet.js";
import { lightnetBackward } from "../../../src/systems/lightnet/lightnet-backward.js";
import type { LightNetOptions } from "../../../src/systems/lightnet/params.js";
import { lightnetStep } from "../../../src/systems/lightnet/step.js";
import { openFor, wasmBackends } from "../../support/engines.js";

describe("bad input of lightnet", () => {
  const engine = openFor(wasmBackends[0]!);
  const zeros = (...shape: number[]) =>
    engine().tensor(new Float32Array(shape.reduce((all, extent) => all * extent, 1)), { shape });
  const operands = () => [zeros(1, 6, 2, 4), zeros(1, 6, 2, 4), zeros(1, 6, 2, 3)] as const;

  type Wrong = readonly [
    what: string,
    argument: string,
    kind: typeof InputError | typeof ShapeError | typeof DTypeError,
    options: () => object,
  ];
  const table: readonly Wrong[] = [
    ["a scale that is no number", "scale", InputError, () => ({ scale: Number.NaN })],
    ["a layout of another name", "layout", InputError, () => ({ layout: "tbhd" })],
    ["a state layout of another name", "stateLayout", InputError, () => ({ stateLayout: "kk" })],
    ["a form of another name", "form", InputError, () => ({ form: "fast" })],
    ["a chunk of another size", "chunk", InputError, () => ({ chunk: 20 })],
    ["a seed of another name", "seed", InputError, () => ({ seed: "two" })],
    ["global that is no boolean", "global", InputError, () => ({ global: 1 })],
    ["offsets that do not reach the end", "cuSeqlens", InputError, () => ({ cuSeqlens: [0, 3, 5] })],
    ["offsets that fall", "cuSeqlens", InputError, () => ({ cuSeqlens: [0, 4, 3, 6] })],
    ["a gate of another shape", "gate", ShapeError, () => ({ gate: zeros(1, 6, 2, 3) })],
    [
      "a mask of rank 3",
      "mask",
      ShapeError,
      () => ({ mask: engine().tensor(new Uint8Array(6), { shape: [1, 6, 1] }) }),
    ],
    ["a mask of floats", "mask", DTypeError, () => ({ mask: zeros(1, 6) })],
    ["a state without its normaliser", "initialState", InputError, () => ({ initialState: { s: zeros(1, 2, 4, 3) } })],
    ["max without sum", "initialState", InputError, () => ({ initialState: { max: zeros(1, 2, 4) } })],
    [
      "z beside max and sum",
      "initialState",
      InputError,
      () => ({ initialState: { z: zeros(1, 2, 4), max: zeros(1, 2, 4), sum: zeros(1, 2, 4) } }),
    ],
    ["z of another sequence count", "initialState.z", ShapeError, () => ({ initialState: { z: zeros(2, 2, 4) } })],
    [
      "a state of the other layout",
      "initialState.s",
      ShapeError,
      () => ({ initialState: { s: zeros(1, 2, 3, 4), z: zeros(1, 2, 4) } }),
    ],
  ];

  test.each(table)("%s", (_, argument, kind, make) => {
    const options = make() as LightNetOptions;
    const forward = () => lightnet(...operands(), options);
    const backward = () => lightnetBackward(...operands(), zeros(1, 6, 2, 3), options);
    for (const call of [forward, backward]) {
      expect(call).toThrow(kind);
      expect(call).toThrow(`argument ${argument} `);
    }
  });

  test("packed sequences in a batch of two", () => {
    const [q, k, v] = [zeros(2, 3, 1, 2), zeros(2, 3, 1, 2), zeros(2, 3, 1, 2)];
    expect(() => lightnet(q, k, v, { cuSeqlens: [0, 3] })).toThrow(/argument cuSeqlens needs a batch of 1/);
  });

  test("operands that do not fit", () => {
    const [q, k, v] = operands();
    expect(() => lightnet(q, zeros(1, 6, 2, 5), v)).toThrow(/argument k/);
    expect(() => lightnet(q, zeros(1, 5, 2, 4), v)).toThrow(/argument k/);
    expect(() => lightnet(q, k, zeros(1, 5, 2, 3))).toThrow(/argument v/);
    expect(() => lightnet(q, k, zeros(1, 6, 4, 3))).toThrow(/argument v/);
    expect(() => lightnet(q.reshape([6, 2, 4]), k, v)).toThrow(/argument q/);
    expect(() => lightnet({} as typeof q, k, v)).toThrow(InputError);
    const integers = engine().tensor(new Int32Array(48), { shape: [1, 6, 2, 4] });
    expect(() => lightnet(integers, k, v)).toThrow(DTypeError);
    expect(() => lightnetBackward(q, k, v, zeros(1, 6, 2, 4))).toThrow(/argument dO/);
    expect(() => lightnetBackward(q, k, v, v, { dState: { z: zeros(1, 2, 3) } })).toThrow(/argument dState.z/);
    const state = { s: zeros(1, 2, 4, 3), max: zeros(1, 2, 4), sum: zeros(1, 2, 4) };
    expect(() => lightnetStep(state, q, k, v)).toThrow(/argument q has shape \[1, 6, 2, 4\], expected \[1, 1, 2, 4\]/);
  });
});
