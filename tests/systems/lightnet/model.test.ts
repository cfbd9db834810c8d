/** Short convolutions in the layer, and a whole model: in one call, in pieces, and trained on a small task through a tape. */
import { describe, expect, test } from "vitest";
import { valueAndGrad } from "../../../src/autograd/index.js";
import { UnsupportedError } from "../../../src/backends/contract.js";
import { mul, sub } from "../../../src/ops/binary.js";
import { matmul } from "../../../src/ops/matmul.js";
import { mean } from "../../../src/ops/reduce.js";
import { logSoftmax } from "../../../src/ops/softmax.js";
import { type LightNetWeights, lightnetLayer } from "../../../src/systems/lightnet/layer.js";
import { lightnet } from "../../../src/systems/lightnet/lightnet.js";
import { mdTpe } from "../../../src/systems/lightnet/md-tpe.js";
import { type LightNetModelWeights, lightnetModel } from "../../../src/systems/lightnet/model.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray } from "../../support/arrays.js";
import { heldBy, openFor, testBackends } from "../../support/engines.js";
import { gen, rmsRatio } from "../../support/golden.js";

const heads = 2;

describe.each(testBackends)("a LightNet model on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;
  let seed = 0;
  const weight = (...shape: number[]) => {
    seed += 1;
    const { values } = randomArray(shape, "f32", seed);
    return engine().tensor(
      Float32Array.from(values, (x) => (x as number) / Math.sqrt(shape.at(-1) as number)),
      { shape },
    );
  };
  const mixer = (d: number): LightNetWeights => ({
    ...{ q: weight(d, d), k: weight(d, d), v: weight(d, d), out: weight(d, d) },
    ...{ gateDown: weight(4, d), gateUp: weight(d, 4) },
  });
  const model = (d: number, vocabulary: number, blocks: number): LightNetModelWeights => ({
    embedding: weight(vocabulary, d),
    blocks: Array.from({ length: blocks }, () => ({
      mixer: { ...mixer(d), conv: { q: weight(d, 4), k: weight(d, 4), v: weight(d, 4) } },
      glu: { gate: weight(2 * d, d), up: weight(2 * d, d), down: weight(d, 2 * d) },
    })),
    head: weight(vocabulary, d),
  });
  const tokensOf = (values: ArrayLike<number>, shape: readonly number[]) =>
    engine().tensor(Int32Array.from(values), { shape });

  // A software adapter spends half a minute on compiling the shaders of either; all of them have tests of their own.
  const onCpu: (name: string, body: () => Promise<void>, timeout?: number) => void = slow ? () => {} : test;

  onCpu("the layer convolves its projections before their activations", async () => {
    const [d, time] = [8, 6];
    const x = engine().tensor(Float32Array.from(gen(time * d, 7, 2, 15)), { shape: [1, time, d] });
    const plain = mixer(d);
    const conv = { q: weight(d, 4), k: weight(d, 4), v: weight(d, 4) };
    const { y } = lightnetLayer(x, { ...plain, conv }, { heads, on });
    const taps = async (projection: Tensor, of: Tensor, silu: boolean) => {
      const values = await matmul(x, projection, { transposeB: true, on }).data();
      const kernel = await of.data();
      const rows = Float32Array.from(values, (_, i) => {
        const [t, c] = [Math.floor(i / d), i % d];
        let sum = 0;
        for (let j = 0; j < 4; j++) if (t - 3 + j >= 0) sum += kernel[c * 4 + j]! * values[(t - 3 + j) * d + c]!;
        return silu ? sum / (1 + Math.exp(-sum)) : sum;
      });
      return engine().tensor(rows, { shape: [1, time, heads, d / heads] });
    };
    const [q, k] = [await taps(plain.q, conv.q, true), await taps(plain.k, conv.k, false)];
    const o = Array.from(await lightnet(q, k, await taps(plain.v, conv.v, false), { on }).o.data());
    const gate = await matmul(matmul(x, plain.gateDown, { transposeB: true, on }), plain.gateUp, {
      ...{ transposeB: true, activation: "silu", on },
    }).data();
    const finished = Float32Array.from(o, (value, i) => {
      const row = o.slice(i - (i % d), i - (i % d) + d);
      return (value / Math.sqrt(row.reduce((sum, other) => sum + other * other, 0) / d + 1e-5)) * gate[i]!;
    });
    const expected = matmul(engine().tensor(finished, { shape: [1, time, d] }), plain.out, { transposeB: true, on });
    expect(rmsRatio(await y.data(), await expected.data())).toBeLessThanOrEqual(1e-5);
  });

  test("pieces of any length are the whole, with two blocks", async () => {
    const weights = model(8, 5, 2);
    const tokens = [0, 3, 1, 4, 2, 2, 0, 1, 3, 4, 1];
    const whole = await lightnetModel(tokensOf(tokens, [1, 11]), weights, { heads, on }).logits.data();
    const pieces: number[] = [];
    let states: ReturnType<typeof lightnetModel>["states"] | undefined;
    for (const [from, to] of [
      [0, 2],
      [2, 3],
      [3, 10],
      [10, 11],
    ] as const) {
      const piece = tokensOf(tokens.slice(from, to), [1, to - from]);
      const result = lightnetModel(piece, weights, { heads, on, ...(states && { states }) });
      pieces.push(...(await result.logits.data()));
      states = result.states;
    }
    expect(rmsRatio(pieces, whole)).toBeLessThanOrEqual(3e-6);
  });

  test("holds nothing but what it returns", async () => {
    const weights = model(8, 5, 2);
    const tokens = tokensOf([1, 2, 3], [1, 3]);
    const before = heldBy(engine());
    const { logits, states } = lightnetModel(tokens, weights, { heads, on });
    await logits.data();
    // Per block: the state's three parts, and those of three convolutions.
    expect(heldBy(engine())).toBe(before + 1 + 2 * 6);
    for (const { state, conv } of states)
      for (const x of [...Object.values(state), ...Object.values(conv!)]) x.dispose();
    logits.dispose();
  });

  onCpu("learns the token before, causally and over a grid in one scan", async () => {
    const [vocabulary, d, time] = [4, 8, 12];
    const sequence = Array.from({ length: 2 * time }, (_, i) => (i * i + 3 * i + (i >> 2)) % vocabulary);
    const tokens = tokensOf(sequence, [2, time]);
    const oneHot = Float32Array.from({ length: 2 * time * vocabulary }, (_, i) => {
      const at = Math.floor(i / vocabulary);
      return at % time > 0 && sequence[at - 1] === i % vocabulary ? 1 : 0;
    });
    const target = engine().tensor(oneHot, { shape: [2, time, vocabulary] });
    const axis = { lambda: engine().tensor(new Float32Array(d).fill(0.5), { shape: [1, d] }), b: weight(1, d) };
    const grid = (x: Tensor) =>
      mdTpe(
        x.reshape([2, 3, 4, d]),
        [
          { axis: 1, ...axis },
          { axis: 2, ...axis },
        ],
        { on },
      ).reshape(x.shape);
    for (const global of [false, true]) {
      const loss = (weights: LightNetModelWeights) => {
        const { logits } = lightnetModel(tokens, weights, {
          heads,
          global,
          finish: "gate-first",
          on,
          ...(global && { encode: grid }),
        });
        return mul(mean(mul(logSoftmax(logits, { on }), target, { on }), { on }), engine().tensor(-vocabulary), { on });
      };
      const { embedding, blocks, head } = model(d, vocabulary, 1);
      let weights: LightNetModelWeights = { embedding, blocks, head: head! };
      const losses: number[] = [];
      for (let step = 0; step < 8; step++) {
        const { value, gradient } = valueAndGrad(loss)(weights);
        losses.push((await value.data())[0] as number);
        const move = (x: unknown, g: unknown): unknown => {
          if (x && typeof x === "object" && "shape" in x) {
            return sub(x as Tensor, mul(g as Tensor, engine().tensor(0.5), { on }), { on });
          }
          if (Array.isArray(x)) return x.map((each, i) => move(each, (g as unknown[])[i]));
          return Object.fromEntries(
            Object.entries(x as object).map(([key, each]) => [key, move(each, (g as Record<string, unknown>)[key])]),
          );
        };
        weights = move(weights, gradient) as LightNetModelWeights;
      }
      expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
    }
  });

  test("bad input names the argument", () => {
    const weights = model(8, 5, 1);
    const tokens = tokensOf([1, 2], [1, 2]);
    const call =
      (more: object, options: object = {}) =>
      () =>
        lightnetModel(tokens, { ...weights, ...more }, { heads, ...options });
    expect(() => lightnetModel(weights.embedding, weights, { heads })).toThrow(/argument tokens/);
    expect(() => lightnetModel(tokensOf([1, 2], [2]), weights, { heads })).toThrow(/argument tokens/);
    expect(call({ head: weight(5, 7) })).toThrow(/argument head/);
    expect(call({ norm: weight(7) })).toThrow(/argument norm/);
    expect(call({}, { states: [] })).toThrow(/argument states has 0 entries for 1 blocks/);
    const block = weights.blocks[0]!;
    const withConv = (conv: object) => ({ blocks: [{ ...block, mixer: { ...block.mixer, conv } }] });
    expect(call(withConv({ k: weight(7, 4) }))).toThrow(/argument conv.k/);
    expect(call({}, { cuSeqlens: [0, 1, 2] })).toThrow(UnsupportedError);
  });
});
