import { describe, expect, test } from "vitest";
import { matmul } from "../../../src/ops/matmul.js";
import { gatedLinearUnit, lightnetBlock } from "../../../src/systems/lightnet/block.js";
import { type LightNetWeights, lightnetLayer } from "../../../src/systems/lightnet/layer.js";
import { lightnet } from "../../../src/systems/lightnet/lightnet.js";
import { MdLrpe } from "../../../src/systems/lightnet/md-lrpe.js";
import { logNormaliser } from "../../../src/systems/lightnet/state.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { heldBy, openFor, testBackends } from "../../support/engines.js";
import { expectWaveSums, gen, rmsRatio } from "../../support/golden.js";

describe.each(testBackends)("the LightNet layer on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;
  const matrix = (rows: number, columns: number, ...generator: readonly [number, number, number]) =>
    engine().tensor(Float32Array.from(gen(rows * columns, ...generator, 16)), { shape: [rows, columns] });
  const input = () => engine().tensor(Float32Array.from(gen(48, 7, 2, 15)), { shape: [1, 6, 8] });
  const weightsOf = (): LightNetWeights => ({
    ...{ q: matrix(8, 8, 5, 1, 13), k: matrix(8, 8, 7, 2, 11), v: matrix(8, 8, 3, 4, 17), out: matrix(8, 8, 9, 5, 19) },
    ...{ gateDown: matrix(4, 8, 5, 3, 7), gateUp: matrix(8, 4, 11, 6, 13) },
  });
  const heads = 2;
  const arrays = (tensors: readonly Tensor[]) => Promise.all(tensors.map(async (x) => Array.from(await x.data())));

  test("L1", async () => {
    const [x, weights] = [input(), weightsOf()];
    const { y, state } = lightnetLayer(x, weights, { heads, on });
    const project = (w: Tensor) => matmul(x, w, { transposeB: true, on }).reshape([1, 6, 2, 4]);
    const q = matmul(x, weights.q, { transposeB: true, activation: "silu", on }).reshape([1, 6, 2, 4]);
    const { o } = lightnet(q, project(weights.k), project(weights.v), { on });
    expectWaveSums(await o.data(), [0.539453586851, 0.616708346212, 0.3360407755], "o", 1e-5);
    expectWaveSums(await y.data(), [-0.14163511977, 0.277726295435, -0.0521653342787], "y", 1e-5);
    expectWaveSums(await state.s.data(), [0.51910957435, 0.752827516892], "S", 1e-5);
    expectWaveSums(await logNormaliser(state, { on }).data(), [14.4471606751, 5.10910210468], "z", 1e-5);
    const last = [
      ...[0.04720948037, -0.03839116461, -0.03831054828, -0.0254391868],
      ...[0.03758661733, 0.05041710138, -0.03456084091, -0.03510292727],
    ];
    expect(rmsRatio((await y.data()).slice(40), last)).toBeLessThanOrEqual(1e-5);
    const first = lightnetLayer(x.reshape([6, 8]).rows(0, 4).reshape([1, 4, 8]), weights, { heads, on });
    const rest = x.reshape([6, 8]).rows(4, 6).reshape([1, 2, 8]);
    const second = lightnetLayer(rest, weights, { heads, initialState: first.state, on });
    expect(rmsRatio((await arrays([first.y, second.y])).flat(), await y.data())).toBeLessThanOrEqual(1e-6);
  });

  test("the gate before the norm, and a sigmoid after it", async () => {
    const [x, weights] = [input(), weightsOf()];
    const [q, k, v, gate] = await arrays([
      matmul(x, weights.q, { transposeB: true, activation: "silu", on }),
      matmul(x, weights.k, { transposeB: true, on }),
      matmul(x, weights.v, { transposeB: true, on }),
      matmul(matmul(x, weights.gateDown, { transposeB: true, on }), weights.gateUp, {
        transposeB: true,
        activation: "sigmoid",
        on,
      }),
    ]);
    const perHead = (values: number[] | undefined) =>
      engine().tensor(Float32Array.from(values!), { shape: [1, 6, 2, 4] });
    const o = Array.from(await lightnet(perHead(q), perHead(k), perHead(v), { scale: 1, on }).o.data());
    const norm = (rows: number[]) =>
      rows.map((value, i) => {
        const row = rows.slice(i - (i % 8), i - (i % 8) + 8);
        return value / Math.sqrt(row.reduce((sum, other) => sum + other * other, 0) / 8 + 1e-5);
      });
    const times = (a: number[], b: number[]) => a.map((value, i) => value * (b[i] as number));
    const expected = { "gate-first": norm(times(o, gate!)), "norm-first-sigmoid": times(norm(o), gate!) };
    for (const [finish, rows] of Object.entries(expected) as [keyof typeof expected, number[]][]) {
      const { y } = lightnetLayer(x, weights, { heads, finish, scale: 1, on });
      const out = matmul(engine().tensor(Float32Array.from(rows), { shape: [1, 6, 8] }), weights.out, {
        transposeB: true,
        on,
      });
      expect(rmsRatio(await y.data(), await out.data())).toBeLessThanOrEqual(1e-5);
    }
  });

  test("positions of a 2 x 3 grid, one scan for all, and one gate per head", async () => {
    const [x, weights] = [input(), weightsOf()];
    const position = new MdLrpe(engine(), { grid: [2, 3], heads, d: 4 });
    const plain = lightnetLayer(x, weights, { heads, global: true, on });
    const turned = lightnetLayer(x, weights, { heads, global: true, position, on });
    expect(turned.y.shape).toEqual([1, 6, 8]);
    expect(rmsRatio(await turned.y.data(), await plain.y.data())).toBeGreaterThan(1e-3);
    // Angles of zero turn nothing.
    const still = new MdLrpe(engine(), {
      grid: [2, 3],
      heads,
      d: 4,
      theta: [
        [0, 0],
        [0, 0],
      ],
    });
    const same = lightnetLayer(x, weights, { heads, global: true, position: still, on });
    expect(rmsRatio(await same.y.data(), await plain.y.data())).toBeLessThanOrEqual(1e-6);
    const scalar = lightnetLayer(x, { ...weights, scalarGate: matrix(2, 8, 5, 3, 7) }, { heads, on });
    expect((await scalar.y.data()).every(Number.isFinite)).toBe(true);
  });

  test("the block adds what its parts give", async () => {
    const [x, mixer] = [input(), weightsOf()];
    const glu = { gate: matrix(12, 8, 5, 1, 13), up: matrix(12, 8, 7, 2, 11), down: matrix(8, 12, 3, 4, 17) };
    const before = heldBy(engine());
    const { y, state } = lightnetBlock(x, { mixer, glu }, { heads, on });
    expect((await y.data()).every(Number.isFinite)).toBe(true);
    expect(heldBy(engine())).toBe(before + 4);
    for (const tensor of [y, ...Object.values(state)]) (tensor as Tensor).dispose();
    const zero = gatedLinearUnit(
      x,
      { ...glu, down: engine().tensor(new Float32Array(96), { shape: [8, 12] }) },
      { on },
    );
    expect((await zero.data()).every((value) => value === 0)).toBe(true);
  });
});

describe("bad input of the layer", () => {
  const engine = openFor(testBackends[0]!);

  test("names the argument", () => {
    const zeros = (...shape: number[]) =>
      engine().tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });
    const x = zeros(1, 6, 8);
    const square = zeros(8, 8);
    const weights = { q: square, k: square, v: square, out: square, gateDown: zeros(4, 8), gateUp: zeros(8, 4) };
    const layer =
      (more: Partial<LightNetWeights>, heads = 2) =>
      () =>
        lightnetLayer(x, { ...weights, ...more }, { heads });
    expect(layer({}, 3)).toThrow(/argument q/);
    expect(layer({}, 0)).toThrow(/argument heads/);
    expect(layer({ k: zeros(4, 8) })).toThrow(/argument k/);
    expect(layer({ out: zeros(8, 4) })).toThrow(/argument out/);
    expect(layer({ gateUp: zeros(4, 4) })).toThrow(/argument gateUp/);
    expect(layer({ norm: zeros(4) })).toThrow(/argument norm/);
    expect(layer({ scalarGate: zeros(8, 8) })).toThrow(/argument scalarGate/);
    const rotary = new MdLrpe(engine(), { grid: [6], heads: 2, d: 4, kind: "rotary" });
    expect(() => lightnetLayer(x, weights, { heads: 2, position: rotary })).toThrow(/argument position is rotary/);
    expect(() => lightnetLayer(x, weights, { heads: 2, finish: "last" as "gate-first" })).toThrow(/argument finish/);
    expect(() => lightnetLayer(square, weights, { heads: 2 })).toThrow(/argument x/);
  });
});
