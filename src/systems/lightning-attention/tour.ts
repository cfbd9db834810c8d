/** Lightning Attention-2 on the tour: a million tokens pass in pieces at one price, beside softmax attention. */
import type { BackendName } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import { attention } from "../../ops/attention.js";
import { gatedOracle } from "../../oracles/recurrence-gated.js";
import type { Tensor } from "../../tensor/tensor.js";
import { dimension, embed, wordsOf } from "../text-embedding.js";
import type { TourCheck, TourContext, TourResult, TourStop } from "../tour-stop.js";
import { lightningAttention } from "./attention.js";

export const stop: TourStop = {
  name: "lightning-attention",
  title: "Lightning Attention-2: a million tokens at one price",
  about:
    "Linear attention whose past is one matrix, which decays at a fixed rate (Qin et al. 2024). Words of this repository's own " +
    "documents, over and over, pass through one head of 64 channels in pieces, each piece with the state that the last one " +
    "left. Output and state are checked against double precision; the time per token is set beside that of softmax attention.",
  run,
};

/** e^-slope is what a step keeps; after 256 steps a third is left. */
const slope = 1 / 256;
const piece = 16384;

/** Lengths of the passes; softmax takes those up to `softmax`. */
const plan = {
  small: { lengths: [64, 128], checked: 128, softmax: 128 },
  full: { lengths: [1024, 4096, 16384, 65536, 262144, 1048576], checked: 4096, softmax: 16384 },
};

/** Words of the documents as vectors, as many as are asked for; they begin again when they end. */
function wordVectors({ documents }: TourContext, count: number): Float32Array {
  const words = documents.flatMap(({ text }) => wordsOf(text)).slice(0, count);
  const vectors = embed(words.length > 0 ? words : ["word"]);
  return Float32Array.from({ length: count * dimension }, (_, i) => vectors[i % vectors.length] as number);
}

/** Tokens [0, count) of x. */
function firstTokens(x: Tensor, count: number): Tensor {
  const rows = x.reshape([x.shape[1] as number, dimension]);
  return rows.rows(0, count).reshape([1, count, 1, dimension]);
}

/** Runs `length` tokens in pieces, with the state handed on. @returns microseconds per token */
async function stream(engine: Engine, x: Tensor, length: number, on: BackendName): Promise<number> {
  const started = performance.now();
  let state: Tensor | undefined;
  for (let done = 0; done < length; done += x.shape[1] as number) {
    const before = state;
    state = engine.scope(() => {
      const tokens = firstTokens(x, Math.min(x.shape[1] as number, length - done));
      const options = { slopes: [slope], on, ...(before ? { initialState: before } : {}) };
      return lightningAttention(tokens, tokens, tokens, options).state;
    });
    before?.dispose();
  }
  // The last state needs every piece before it.
  await state?.data();
  state?.dispose();
  return ((performance.now() - started) * 1e3) / length;
}

async function softmaxPerToken(engine: Engine, x: Tensor, length: number, on: BackendName): Promise<number> {
  const started = performance.now();
  const o = engine.scope(() => {
    const tokens = firstTokens(x, length);
    return attention(tokens, tokens, tokens, { causal: true, on });
  });
  await o.data();
  o.dispose();
  return ((performance.now() - started) * 1e3) / length;
}

function relativeError(found: ArrayLike<number>, expected: Float64Array): number {
  let [error, size] = [0, 0];
  for (const [i, value] of expected.entries()) {
    error += ((found[i] as number) - value) ** 2;
    size += value * value;
  }
  return Math.sqrt(error / size);
}

async function check(engine: Engine, vectors: Float32Array, steps: number, on: BackendName): Promise<TourCheck[]> {
  const values = Float64Array.from(vectors.subarray(0, steps * dimension));
  const expected = gatedOracle({
    ...{ batch: 1, steps, heads: 1, valueHeads: 1, channels: dimension, columns: dimension, scale: 1 },
    ...{ q: values, k: values, v: values, factor: new Float64Array(values.length).fill(Math.exp(Math.fround(-slope))) },
  });
  const x = engine.tensor(vectors.subarray(0, steps * dimension), { shape: [1, steps, 1, dimension] });
  const { o, state } = lightningAttention(x, x, x, { slopes: [slope], on });
  const errors = [relativeError(await o.data(), expected.o), relativeError(await state.data(), expected.state)];
  for (const tensor of [x, o, state]) tensor.dispose();
  return errors.map((error, i) => ({
    name: `${["output", "state"][i]} of ${steps} tokens on ${on}, rms`,
    ok: error <= 1e-6,
    error,
    bound: 1e-6,
  }));
}

async function run(context: TourContext): Promise<TourResult> {
  const { engine, backends, signal, progress } = context;
  const checks: TourCheck[] = [];
  const rows: (string | number)[][] = [];
  const series: { name: string; points: [number, number][] }[] = [];
  let summary = "";
  for (const [b, { name: on, size }] of backends.entries()) {
    const { lengths, checked, softmax } = plan[size];
    const vectors = wordVectors(context, Math.min(piece, lengths.at(-1) as number));
    checks.push(...(await check(engine, vectors, checked, on)));
    const x = engine.tensor(vectors, { shape: [1, vectors.length / dimension, 1, dimension] });
    // The first calls are slower: kernels are still being compiled.
    for (let warm = 0; warm < 3; warm++) await stream(engine, x, vectors.length / dimension, on);
    const ours: [number, number][] = [];
    const theirs: [number, number][] = [];
    for (const [l, length] of lengths.entries()) {
      signal.throwIfAborted();
      progress((b + l / lengths.length) / backends.length, `${length} tokens on ${on}`);
      ours.push([length, await stream(engine, x, length, on)]);
      if (length <= softmax) theirs.push([length, await softmaxPerToken(engine, x, length, on)]);
      rows.push([
        on,
        length,
        Number(ours.at(-1)?.[1].toPrecision(3)),
        theirs[l] ? Number(theirs[l][1].toPrecision(3)) : "",
      ]);
    }
    x.dispose();
    series.push({ name: `Lightning, ${on}`, points: ours }, { name: `softmax, ${on}`, points: theirs });
    const [last, middle] = [ours.at(-1), ours[Math.max(0, ours.length - 3)]] as [[number, number], [number, number]];
    summary ||=
      `${last[0]} tokens take ${last[1].toFixed(2)} us each, ${(last[1] / middle[1]).toFixed(2)} times what ` +
      `${middle[0]} take (${on})`;
  }
  return {
    summary,
    checks,
    tables: [
      { title: "Microseconds per token, one head of 64", columns: ["backend", "tokens", "Lightning", "softmax"], rows },
    ],
    plots: [
      {
        kind: "line",
        title: "Time per token",
        caption: "Softmax attention looks at every earlier token, Lightning Attention at one matrix.",
        x: { label: "tokens", scale: "log" },
        y: { label: "us per token", scale: "log" },
        series,
      },
    ],
  };
}
