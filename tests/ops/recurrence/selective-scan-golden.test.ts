/** Published numbers of the selective scan, both ranges, on every backend and of the oracle itself. */
import { describe, expect, test } from "vitest";
import { selectiveScan } from "../../../src/ops/recurrence/selective-scan.js";
import { selectiveScanBackward } from "../../../src/ops/recurrence/selective-scan-backward.js";
import {
  type SelectiveScanInput,
  selectiveScanBackwardOracle,
  selectiveScanOracle,
} from "../../../src/oracles/recurrence-selective-scan.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { expectChecksums, expectDigits, goldenLetters, goldenValues } from "../../support/golden.js";

/** The sheet's inputs for B, D, N, L. */
function mambaInput(batch: number, channels: number, states: number, steps: number, negative: boolean) {
  const perStep = batch * channels * steps;
  return {
    ...{ batch, channels, states, steps, groups: 1, softplus: true, negativeEigenvalues: negative },
    u: goldenValues(perStep, 51),
    delta: goldenValues(perStep, 52).map((x) => 0.5 * x),
    a: goldenValues(channels * states, 53).map((x) => -Math.exp(x)),
    b: goldenValues(batch * states * steps, 54),
    c: goldenValues(batch * states * steps, 55),
    d: goldenValues(channels, 56),
    z: goldenValues(perStep, 57),
    deltaBias: goldenValues(channels, 58).map((x) => 0.5 * (x + 1)),
  } satisfies SelectiveScanInput;
}

const tiny = [
  {
    name: "Mamba-1 [0,1], tiny",
    negative: false,
    out: [-0.078000242, -0.01811215, -0.387294119, 0.002759067, -0.11376069, 0.091871428],
    state: [-0.010934904, 0.745002879, -0.330716902, 0.202820061],
  },
  {
    name: "Mamba-1 [-1,1], tiny",
    negative: true,
    out: [-0.078000242, -0.023480309, -0.384676478, 0.002759067, -0.100773961, 0.09089608],
    state: [-0.11476094, 0.605004763, -0.248285427, 0.297775696],
  },
];

const medium = [
  {
    name: "Mamba-1 [0,1], medium",
    negative: false,
    y: "2.299953683 / 19.478280716 / 0.510174986",
    du: "1.049036881 / 22.505299395 / 0.738191472",
    dDelta: "-1.912765819 / 2.068515197 / 1.474386525",
    dA: "-1.856997111 / 3.134468266 / 0.857762750",
    dB: "0.116882980 / 13.266034629 / -0.453497989",
    dC: "1.032676939 / 13.872003308 / -1.805974579",
  },
  {
    name: "Mamba-1 [-1,1], medium",
    negative: true,
    y: "3.819766408 / 20.512956786 / 3.571292465",
    du: "4.838670168 / 25.395489141 / 2.502099374",
    dDelta: "-0.635879658 / 3.022328854 / 0.063615739",
    dA: "-2.749576064 / 5.303670098 / -0.015131456",
    dB: "-0.769386798 / 17.718088824 / 0.636108509",
    dC: "0.521782887 / 19.314239905 / -4.602174840",
  },
];

/** T12 of the Chimera sheet has a generator of its own: values of one stream in the order of the arguments. */
function t12(): SelectiveScanInput {
  let s = 3;
  const take = (count: number) =>
    Float64Array.from({ length: count }, () => {
      s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
      return (s / 2 ** 32) * 2 - 1;
    });
  const [u, delta] = [take(10), take(10)];
  const a = take(6).map((x) => -Math.exp(x));
  const [b, c, d, z, deltaBias] = [take(15), take(15), take(2), take(10), take(2)];
  return { batch: 1, channels: 2, states: 3, steps: 5, groups: 1, softplus: true, u, delta, a, b, c, d, z, deltaBias };
}
const t12Y = [
  0.128664529605, 0.0115464984955, -0.0240406589025, 0.00825968733808, 0.0974950398983, -0.282078424231,
  0.00538879068917, -0.00325880753286, -0.0178385809031, 0.00111693269134,
];
const t12State = [0.390516169882, -0.281247404761, -0.170649924266, -0.203905593667, 0.10607905676, 0.0571906627442];

describe("the oracle of the selective scan", () => {
  test.each(tiny)("$name", ({ negative, out, state }) => {
    const result = selectiveScanOracle(mambaInput(1, 2, 2, 3, negative));
    expectDigits(result.y, out, "out", 1e-9);
    expectDigits(result.state, state, "state", 1e-9);
  });

  test.each(medium)("$name", ({ negative, y, name, ...gradients }) => {
    const input = mambaInput(2, 6, 5, 40, negative);
    expectChecksums(selectiveScanOracle(input).y, y, name, 1e-9);
    const actual = selectiveScanBackwardOracle(input, goldenValues(480, 59));
    for (const [key, row] of Object.entries(gradients)) {
      expectChecksums(actual[key as keyof typeof actual], row, `${key} of ${name}`, 1e-9);
    }
  });

  test("T12: y and last state", () => {
    const { y, state } = selectiveScanOracle(t12());
    expectDigits(y, t12Y, "y", 1e-12);
    expectDigits(state, t12State, "state", 1e-12);
  });
});

describe.each(wasmBackends)("published numbers of selectiveScan on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  function onEngine(input: SelectiveScanInput) {
    const { batch, channels, states, steps, negativeEigenvalues, softplus } = input;
    const tensor = (values: ArrayLike<number>, shape: readonly number[]) =>
      engine().tensor(Float32Array.from(values), { shape });
    const perStep = [batch, channels, steps];
    const optional = { d: [channels], z: perStep, deltaBias: [channels], initialState: [batch, channels, states] };
    const given = Object.entries(optional).flatMap(([name, shape]) => {
      const values = input[name as keyof typeof optional];
      return values ? [[name, tensor(values, shape)] as const] : [];
    });
    return {
      args: [
        tensor(input.u, perStep),
        tensor(input.delta, perStep),
        tensor(input.a, [channels, states]),
        tensor(input.b, [batch, states, steps]),
        tensor(input.c, [batch, states, steps]),
      ] as const,
      options: {
        ...Object.fromEntries(given),
        deltaSoftplus: softplus ?? false,
        negativeEigenvalues: negativeEigenvalues ?? false,
      },
      tensor,
    };
  }

  test.each(tiny)("$name", async ({ negative, out, state }) => {
    const { args, options } = onEngine(mambaInput(1, 2, 2, 3, negative));
    const result = selectiveScan(...args, options);
    expectDigits(await result.y.data(), out, "out", 1e-6);
    expectDigits(await result.state.data(), state, "state", 1e-6);
  });

  test.each(medium)("$name", async ({ negative, y, name, ...gradients }) => {
    const { args, options, tensor } = onEngine(mambaInput(2, 6, 5, 40, negative));
    expectChecksums(await selectiveScan(...args, options).y.data(), y, name);
    const actual = selectiveScanBackward(...args, tensor(goldenValues(480, 59), [2, 6, 40]), options);
    for (const [key, row] of Object.entries(gradients)) {
      const values = await actual[key as keyof typeof gradients].data();
      expectChecksums(values, row, `${key} of ${name}`);
    }
  });

  test("T12: y and last state", async () => {
    const { args, options } = onEngine(t12());
    const { y, state } = selectiveScan(...args, options);
    expectDigits(await y.data(), t12Y, "y", 1e-6);
    expectDigits(await state.data(), t12State, "state", 1e-6);
  });

  test("parity of 100000 letters is exact with negative eigenvalues", async () => {
    const steps = 100_001;
    const bits = goldenLetters(steps - 1, 21, 2);
    const delta = Float32Array.of(1, ...bits.map((bit) => 1000 * bit));
    const [one, first] = [new Float32Array(steps).fill(1), new Float32Array(steps)];
    first[0] = 1;
    const row = (values: Float32Array) => engine().tensor(values, { shape: [1, 1, steps] });
    const a = engine().tensor(Float32Array.of(-1), { shape: [1, 1] });
    const { y } = selectiveScan(row(one), row(delta), a, row(first), row(one), { negativeEigenvalues: true });
    let parity = 1;
    const expected = Float32Array.of(1, ...bits.map((bit) => (parity = bit ? -parity : parity)));
    expect(Buffer.compare(new Uint8Array((await y.data()).buffer), new Uint8Array(expected.buffer))).toBe(0);
  });
});
