import { describe, expect, test } from "vitest";
import { checkGradients } from "../../../src/autograd/index.js";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { add, cast, concat, slice, square, sum, type Tensor } from "../../../src/index.js";
import { causalConv } from "../../../src/ops/recurrence/causal-conv.js";
import { causalConvBackward } from "../../../src/ops/recurrence/causal-conv-backward.js";
import {
  type CausalConvInput,
  causalConvBackwardOracle,
  causalConvOracle,
} from "../../../src/oracles/recurrence-causal-conv.js";
import { randomArray, sameBits } from "../../support/arrays.js";
import { openFor, type TestBackend, testBackends, wasmBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";

interface ConvCase {
  readonly batch?: number;
  readonly channels?: number;
  readonly steps: number;
  readonly width?: number;
  readonly bias?: boolean;
  readonly state?: boolean;
  readonly silu?: boolean;
}

const cases: readonly ConvCase[] = [
  { steps: 1, state: true, silu: true },
  { steps: 2, width: 4, state: true },
  { steps: 9, width: 1, bias: true },
  { steps: 37, width: 4, bias: true, state: true, silu: true },
  { steps: 64, width: 7, channels: 5, batch: 3, silu: true },
  { steps: 0, state: true },
  { steps: 4, batch: 0 },
];

describe.each(testBackends)("causalConv on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  function prepare({ batch = 2, channels = 3, steps, width = 4, bias, state, silu = false }: ConvCase) {
    const random = (shape: readonly number[], seed: number) => {
      const { values, bits } = randomArray(shape, "f32", seed);
      return { values, tensor: engine().tensor(bits as Float32Array, { shape }) };
    };
    const [x, weight] = [random([batch, channels, steps], 1), random([channels, width], 2)];
    const past = [batch, channels, width - 1];
    const given = {
      ...(bias ? { bias: random([channels], 3) } : {}),
      ...(state ? { initialState: random(past, 4) } : {}),
    };
    const input: CausalConvInput = {
      ...{ batch, channels, steps, width, x: x.values, weight: weight.values, silu },
      ...(given.bias ? { bias: given.bias.values } : {}),
      ...(given.initialState ? { state: given.initialState.values } : {}),
    };
    const tensors = Object.fromEntries(Object.entries(given).map(([name, { tensor }]) => [name, tensor]));
    const options = { ...tensors, activation: silu ? ("silu" as const) : ("none" as const) };
    return {
      x: x.tensor,
      weight: weight.tensor,
      options,
      input,
      dY: random(x.tensor.shape, 5),
      dState: random(past, 6),
    };
  }

  test.each(cases)("%j", async (given) => {
    const { x, weight, options, input, dY, dState } = prepare(given);
    const result = causalConv(x, weight, options);
    const expected = causalConvOracle(input);
    expect(rmsError(await result.y.data(), expected.y), "y").toBeLessThanOrEqual(1e-6);
    expect([...(await result.state.data())], "state").toEqual([...expected.state]);
    const gradients = causalConvBackward(x, weight, dY.tensor, { ...options, dState: dState.tensor });
    const { dState: dInitialState, ...wanted } = causalConvBackwardOracle(input, dY.values, dState.values);
    for (const [name, tensor] of Object.entries(gradients)) {
      const reference = { ...wanted, dInitialState }[name as "dx"];
      expect(rmsError(await tensor.data(), reference), name).toBeLessThanOrEqual(1e-5);
    }
  });

  test("pieces with the state handed on give the bits of one pass; f16 is rounded once", async () => {
    const { x, weight, options, input } = prepare({ steps: 20, bias: true, silu: true });
    const state = engine().tensor(new Float32Array(18), { shape: [2, 3, 3] });
    const whole = causalConv(x, weight, options);
    const pieces = [
      [0, 13],
      [13, 14],
      [14, 20],
    ].map(([from, to]) => {
      const piece = slice(x, [null, null, [from!, to!]]);
      return causalConv(piece, weight, { ...options, initialState: state, out: { state } }).y;
    });
    expect(sameBits(await concat(pieces, 2).bits(), await whole.y.bits())).toBe(true);
    expect(sameBits(await state.bits(), await whole.state.bits())).toBe(true);
    const half = causalConv(cast(x, "f16"), cast(weight, "f16"), { activation: "silu" });
    expect(half.state.dtype).toBe("f16");
    const { bias: _, ...plain } = input;
    expect(rmsError(await half.y.data(), causalConvOracle(plain).y)).toBeLessThanOrEqual(2e-3);
  });
});

describe("causalConv on wasm", () => {
  const engine = openFor(wasmBackends[0]!);
  const like = (shape: readonly number[], seed: number) =>
    engine().tensor(randomArray(shape, "f32", seed).bits as Float32Array, { shape });

  test("gradients get through on the tape", async () => {
    const [x, weight, bias, state] = [like([2, 2, 5], 1), like([2, 1, 3], 2), like([2], 3), like([2, 2, 2], 4)];
    const loss = (x: Tensor, weight: Tensor, bias: Tensor, initialState: Tensor) => {
      const result = causalConv(x, weight, { bias, initialState, activation: "silu" });
      return add(sum(square(result.y)), sum(square(result.state)));
    };
    const { variables } = await checkGradients(loss, [x, weight, bias, state], { of: [0, 1, 2, 3] });
    for (const { error, path } of variables) expect(error, path).toBeLessThan(1e-2);
  });

  test("bad input is named", () => {
    const [x, weight] = [like([2, 3, 5], 1), like([3, 4], 2)];
    const half = cast(like([3], 3), "f16");
    // biome-ignore lint/suspicious/noExplicitAny: constructors of errors
    const rows: [() => unknown, any, RegExp][] = [
      [() => causalConv(weight, weight), ShapeError, /argument x .*\[B, C, L\]/],
      [() => causalConv(x, x), ShapeError, /argument weight .*expected \[3, 1, 5\]/],
      [() => causalConv(x, like([3, 0], 1)), InputError, /argument weight .*at least one tap/],
      [() => causalConv(x, weight, { bias: weight }), ShapeError, /argument bias .*expected \[3\]/],
      [() => causalConv(x, weight, { bias: half }), DTypeError, /argument bias has dtype f16/],
      [() => causalConv(x, weight, { initialState: x }), ShapeError, /argument initialState .*expected \[2, 3, 3\]/],
      [() => causalConv(x, weight, { activation: "relu" as "silu" }), InputError, /argument activation is relu/],
      [() => causalConvBackward(x, weight, weight), ShapeError, /argument dY /],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
  });
});
