/**
 * Numbers computed outside this repository by dense float64 attention (rows A0 to A6 of the reference sheet for tiled softmax
 * attention, after Dao 2023): sum, l2 and sum x_i cos(0.1 i) of every result, which hold for oracle and kernels alike.
 */
import { describe, expect, test } from "vitest";
import type { AttentionOptions } from "../../src/ops/attention/options.js";
import { attentionWithLse } from "../../src/ops/attention.js";
import { attentionBackward } from "../../src/ops/attention-backward.js";
import { attentionOracle } from "../../src/oracles/attention.js";
import { attentionBackwardOracle } from "../../src/oracles/attention-backward.js";
import { openFor, type TestBackend, wasmBackends } from "../support/engines.js";

/** (((a i + b) mod m) - floor((m - 1) / 2)) / 8. */
function gen(size: number, a: number, b: number, m: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => (((a * i + b) % m) - Math.floor((m - 1) / 2)) / 8);
}

type Checksum = [sum: number, l2: number, weighted?: number];

function checksum(values: ArrayLike<number>): [number, number, number] {
  let [sum, square, weighted] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    sum += x;
    square += x * x;
    weighted += x * Math.cos(0.1 * i);
  }
  return [sum, Math.sqrt(square), weighted];
}

interface Golden {
  name: string;
  rows: number;
  factor?: number;
  options: Pick<AttentionOptions, "causal" | "window"> & { sinks?: number[] };
  o: Checksum;
  lse: Checksum;
  dq?: Checksum;
  dk?: Checksum;
  dv?: Checksum;
}

const [heads, keys, d] = [2, 70, 16];

const goldens: Golden[] = [
  {
    name: "A1 causal",
    rows: 70,
    options: { causal: true },
    o: [-12.7865580889, 7.57095084462, 0.745514216899],
    lse: [468.204069779, 41.0104138747],
    dq: [-1.35858264445, 6.4076151481, 1.21849999528],
    dk: [0, 11.8003842711, -2.42564566819],
    dv: [1.875, 8.59531209746, -0.369912675084],
  },
  {
    name: "A2 full",
    rows: 70,
    options: {},
    o: [-4.5546225325, 1.18269061559, 0.934946846671],
    lse: [602.383160925, 50.9115194566],
    dq: [0.147668884114, 2.02507545877],
    dk: [0, 8.77008605637],
    dv: [1.875, 3.03194147791],
  },
  {
    name: "A3 q multiplied by 400",
    rows: 70,
    factor: 400,
    options: { causal: true },
    o: [3.6964650294, 27.2367614386, 15.800150001],
    lse: [30522.0539309, 2713.90873402],
  },
  {
    name: "A4 three rows, causal",
    rows: 3,
    options: { causal: true },
    o: [-0.229902731574, 0.261513542107, 0.0648321310676],
    lse: [25.70765133, Number.NaN],
  },
  {
    name: "A5 with sinks",
    rows: 3,
    options: { causal: true, sinks: [1.5, -2] },
    o: [-0.22204748691, 0.253428960538, 0.0596937348024],
    lse: [25.8964070628, Number.NaN],
  },
  {
    name: "A6 in a window of 8",
    rows: 3,
    options: { causal: true, window: 8 },
    o: [0.196237318914, 2.21046709415, 0.118004256256],
    lse: [12.7928809976, Number.NaN],
  },
];

function inputs({ rows, factor = 1 }: Golden) {
  return {
    q: gen(heads * rows * d, 7, 3, 17).map((x) => x * factor),
    k: gen(heads * keys * d, 5, 1, 19),
    v: gen(heads * keys * d, 11, 4, 23),
    dO: gen(heads * rows * d, 13, 2, 29),
  };
}

/** NaN stands for a number that the sheet does not give. */
function expectChecksum(actual: ArrayLike<number>, expected: Checksum | undefined, relative: number, name: string) {
  if (!expected) return;
  const found = checksum(actual);
  const size = Math.max(found[1], 1) * Math.sqrt(actual.length);
  expected.forEach((value, i) => {
    if (!Number.isNaN(value as number)) {
      expect(Math.abs(found[i]! - (value as number)), `${name} ${i}`).toBeLessThanOrEqual(relative * size);
    }
  });
}

test.each(goldens)("the oracle meets $name", (golden) => {
  const { q, k, v, dO } = inputs(golden);
  const { causal, window, sinks } = golden.options;
  const options = {
    scale: 0.25,
    ...(causal ? { causal } : {}),
    ...(window ? { window: { left: (window as number) - 1, right: 0 } } : {}),
    ...(sinks ? { sinks } : {}),
  };
  const input = { batch: 1, heads, kvHeads: heads, rows: golden.rows, keys, d, dv: d, q, k, v };
  const { o, lse } = attentionOracle(input, options);
  const gradients = attentionBackwardOracle(input, dO, options);
  expectChecksum(o, golden.o, 1e-11, "o");
  expectChecksum(lse, golden.lse, 1e-10, "lse");
  for (const name of ["dq", "dk", "dv"] as const) expectChecksum(gradients[name], golden[name], 1e-11, name);
});

describe.each(wasmBackends)("the goldens on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test("A0 four keys of weights 1 to 4", async () => {
    const tensor = (values: number[], width: number) =>
      engine().tensor(values, { dtype: "f32" }).reshape([1, -1, 1, width]);
    const q = tensor([1, 1, 1, 1], 1);
    const k = tensor([1, 2, 3, 4].map(Math.log), 1);
    const v = tensor([1, 0, 0, 1, 6, -3, 10, 5], 2);
    const { o, lse } = attentionWithLse(q, k, v, { causal: true, scale: 1 });
    const expected = [1, 0, 1 / 3, 2 / 3, 19 / 6, -7 / 6, 5.9, 1.3];
    const logs = [1, 3, 6, 10].map(Math.log);
    (await o.data()).forEach((x, i) => void expect(x).toBeCloseTo(expected[i]!, 5));
    (await lse.data()).forEach((x, i) => void expect(x).toBeCloseTo(logs[i]!, 6));
  });

  test.each(goldens)("$name", async (golden) => {
    const values = inputs(golden);
    const tensor = (x: Float64Array, time: number) =>
      engine().tensor(Float32Array.from(x), { shape: [1, heads, time, d] });
    const [q, k, v] = [tensor(values.q, golden.rows), tensor(values.k, keys), tensor(values.v, keys)];
    const { sinks, ...rest } = golden.options;
    const options = {
      layout: "bhtd" as const,
      scale: 0.25,
      ...rest,
      ...(sinks ? { sinks: engine().tensor(sinks, { dtype: "f32" }) } : {}),
    };
    const { o, lse } = attentionWithLse(q, k, v, options);
    expectChecksum(await o.data(), golden.o, 1e-6, "o");
    expectChecksum(await lse.data(), golden.lse, 1e-6, "lse");
    const gradients = attentionBackward(q, k, v, o, lse, tensor(values.dO, golden.rows), options);
    for (const name of ["dq", "dk", "dv"] as const)
      expectChecksum(await gradients[name].data(), golden[name], 1e-6, name);
  });
});
