/** A cube of words, how long one scan and two take over it, and how far a word is seen. */
import type { BackendName } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import type { Tensor } from "../../tensor/tensor.js";
import { dimension, embed, wordsOf } from "../text-embedding.js";
import type { TourDocument } from "../tour-stop.js";
import { lightnet } from "./lightnet.js";
import { twoScans } from "./two-scans.js";

/** Unit vectors as logits: sharp enough that words differ. */
const sharpness = 8;

export interface Cube {
  readonly edge: number;
  readonly tokens: number;
  /** [tokens, dimension] */
  readonly words: Float32Array;
  readonly logits: Float32Array;
}

/** The documents' words in order, from the start again when there are too few. */
export function cubeOf(documents: readonly TourDocument[], edge: number): Cube {
  const all = documents.flatMap(({ text }) => wordsOf(text));
  const tokens = edge ** 3;
  const words = embed(Array.from({ length: tokens }, (_, i) => all[i % all.length] ?? ""));
  return { edge, tokens, words, logits: words.map((x) => sharpness * x) };
}

export interface Timing {
  readonly tokens: number;
  /** Milliseconds, the best of a few. */
  readonly one: number;
  readonly two: number;
}

const rounds = 3;

export async function timings(
  engine: Engine,
  cubes: readonly Cube[],
  on: BackendName,
  signal: AbortSignal,
): Promise<Timing[]> {
  const results: Timing[] = [];
  for (const { tokens, words, logits } of cubes) {
    const [q, k] = [words, logits].map((values) => engine.tensor(values, { shape: [1, tokens, 1, dimension] })) as [
      Tensor,
      Tensor,
    ];
    let [one, two] = [Infinity, Infinity];
    // The first round loads kernels and compiles shaders; the best of the others counts.
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted();
      const single = await timed(() => ownOutput(lightnet(q, k, q, { global: true, on })));
      const double = await timed(() => twoScans(q, k, q, { on }));
      if (round > 0) [one, two] = [Math.min(one, single), Math.min(two, double)];
    }
    results.push({ tokens, one, two });
    for (const tensor of [q, k]) tensor.dispose();
  }
  return results;
}

function ownOutput({ o, state }: ReturnType<typeof lightnet>): Tensor {
  for (const tensor of [state.s, state.max, state.sum]) tensor.dispose();
  return o;
}

async function timed(run: () => Tensor): Promise<number> {
  const started = performance.now();
  const result = run();
  await result.data();
  result.dispose();
  return performance.now() - started;
}

/** What the middle token weighs for those after it, the mean over the channels, by their distance. */
export async function reachOf(engine: Engine, { tokens, logits }: Cube, on: BackendName) {
  const middle = Math.floor(tokens / 2);
  const shape = [1, tokens, 1, dimension];
  const [q, k] = [logits.map(() => 1 / dimension), logits].map((values) => engine.tensor(values, { shape })) as [
    Tensor,
    Tensor,
  ];
  const impulse = Float32Array.from({ length: tokens }, (_, t) => (t === middle ? 1 : 0));
  const v = engine.tensor(impulse, { shape: [1, tokens, 1, 1] });
  const one = ownOutput(lightnet(q, k, v, { global: true, scale: 1, on }));
  const two = twoScans(q, k, v, { scale: 1, on });
  const after = async (weights: Tensor) => Array.from((await weights.data()).slice(middle, middle + 200));
  const reach = { one: await after(one), two: await after(two) };
  for (const tensor of [q, k, v, one, two]) tensor.dispose();
  return reach;
}
