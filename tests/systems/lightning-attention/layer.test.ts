import { describe, expect, test } from "vitest";
import { ShapeError } from "../../../src/backends/contract.js";
import { lightningAttention } from "../../../src/systems/lightning-attention/attention.js";
import {
  type LightningLayerOptions,
  type LightningWeights,
  lightningLayer,
  simpleGatedUnit,
  simpleRmsNorm,
} from "../../../src/systems/lightning-attention/layer.js";
import { heldBy, openFor, testBackends } from "../../support/engines.js";
import { expectDigits, expectWaveSums, gen } from "../../support/golden.js";

/** Slopes of row T1: 2^-4 and 2^-8 times the factor of a layer (1 - 1/3 + 1e-5). */
const slopes = [0.04166729166666667, 0.0026042057291666668];

describe.each(testBackends)("the layer around Lightning Attention on $name", (backend) => {
  const engine = openFor(backend);
  const on = backend.on;
  const tensor = (values: Float64Array, ...shape: number[]) => engine().tensor(Float32Array.from(values), { shape });

  const weights = (): LightningWeights => ({
    wq: tensor(gen(64, 5, 1, 13, 16), 8, 8),
    wk: tensor(gen(64, 7, 2, 11, 16), 8, 8),
    wv: tensor(gen(64, 3, 4, 17, 16), 8, 8),
    wo: tensor(gen(64, 9, 5, 19, 16), 8, 8),
    gate: [tensor(gen(32, 5, 3, 7, 16), 4, 8), tensor(gen(32, 11, 6, 13, 16), 8, 4)],
  });
  const x = () => tensor(gen(48, 7, 2, 15), 1, 6, 8);
  const options = (): LightningLayerOptions => ({ heads: 2, slopes, on });

  test("T1: the authors' module", async () => {
    const { y } = lightningLayer(x(), weights(), options());
    const out = await y.data();
    expectWaveSums(out, [1.37300740891, 2.75435002757, 0.418014749157], "out", 1e-5);
    const last = [0.27601230715, 0.11720622813, -0.22821623182, 0.00520326772, 0.26795673921, 0.27869749647];
    expectDigits(out.slice(40), [...last, 0.57611065237, -0.225530541], "out[5]", 1e-5);
  });

  test("in pieces it gives what it gives at once", async () => {
    const whole = lightningLayer(x(), weights(), options());
    const [head, tail] = [x().reshape([6, 8]).rows(0, 4), x().reshape([6, 8]).rows(4, 6)];
    const first = lightningLayer(head.reshape([1, 4, 8]), weights(), options());
    const second = lightningLayer(tail.reshape([1, 2, 8]), weights(), { ...options(), initialState: first.state });
    const [all, a, b] = await Promise.all([whole, first, second].map(({ y }) => y.data()));
    expectDigits([...a!, ...b!], [...all!], "y in pieces", 2e-6);
    expectDigits(await second.state.data(), [...(await whole.state.data())], "state", 2e-6);
  });

  test("R1: SRMSNorm, and a row of zeros stays zero", async () => {
    const y = simpleRmsNorm(tensor(Float64Array.of(3, 4, 0, 0, 0, 0, 0, 0), 2, 4));
    expectDigits(await y.data(), [1.199999904, 1.599999872, 0, 0, 0, 0, 0, 0], "R1", 2e-7);
  });

  test("SGLU is a product of two projections, projected", async () => {
    const one = tensor(Float64Array.of(2, 0, 0, 3), 2, 2);
    const y = simpleGatedUnit(tensor(Float64Array.of(1, 2), 1, 1, 2), { wu: one, wv: one, wo: one });
    expect([...(await y.data())]).toEqual([8, 108]);
  });
});

describe("bad input", () => {
  const engine = openFor(testBackends[0]!);
  const weight = () => engine().tensor(new Float32Array(16), { shape: [4, 4] });
  const weights = () => ({ wq: weight(), wk: weight(), wv: weight(), wo: weight() });
  const x = () => engine().tensor(new Float32Array(8), { shape: [1, 2, 4] });

  test.each([
    [{ heads: 0 }, "heads"],
    [{ heads: 3 }, "wq"],
    [{ heads: 2, activation: "v" as "qk" }, "activation"],
    [{ heads: 2, norm: "l2" as "rms" }, "norm"],
    [{ heads: 2, gateActivation: "relu" as "none" }, "gateActivation"],
    [{ heads: 2, slopes: [1] }, "slopes"],
    [{ heads: 2, slopes: [1, -1] }, "slopes[1]"],
    [{ heads: 2, slopes: [Number.NaN, 1] }, "slopes[0]"],
  ])("%j: argument %s", (options, argument) => {
    const before = heldBy(engine());
    expect(() => engine().scope(() => lightningLayer(x(), weights(), options).y)).toThrow(`argument ${argument} `);
    expect(heldBy(engine())).toBe(before);
  });

  test("a rank that is not 3", () => {
    expect(() => lightningLayer(weight(), weights(), { heads: 2 })).toThrow(ShapeError);
  });

  test("slopes without heads to have them", () => {
    const heads = engine().tensor(new Float32Array(8), { shape: [1, 2, 1, 4] });
    expect(() => lightningAttention(heads, heads, heads, { slopes: [1, 2] })).toThrow(
      "argument slopes has shape [2], expected [1]",
    );
  });
});
