/** The second stop: one head of causal attention reads the repository's own documents and says which word comes next. */
import type { Engine } from "../../engine/engine.js";
import { attention } from "../../ops/attention.js";
import { attentionOracle, scoreRow } from "../../oracles/attention.js";
import { dimension, embed, wordsOf } from "../../systems/text-embedding.js";
import type { TourBackend, TourCheck, TourContext, TourResult, TourStop } from "../../systems/tour-stop.js";

export const stop: TourStop = {
  name: "attention",
  title: "Attention over our own documents",
  about:
    "One untrained head reads the documents of this repository. The query is a word, the keys are the words before each " +
    "position and the values the words at it, so the head looks up what followed the same word earlier (an induction head, " +
    "Olsson et al. 2022). Words are hashed byte n-grams. Nothing of size T x T is ever made.",
  run,
};

/** Sharp enough that the same word outweighs the sum of all others. */
const scale = 30;
const lengths = { small: 160, full: 1024 };
/** Words of the heat map. */
const shown = 48;
/** What f32 may lose in scores of up to 30 with 64 roundings each, relative to values of at most 1. */
const bound = 2e-4;

async function run({ engine, backends, documents, signal, progress }: TourContext): Promise<TourResult> {
  const words = documents.flatMap(({ text }) => wordsOf(text));
  const checks: TourCheck[] = [];
  const rows: (string | number)[][] = [];
  let summary = "no backend here has attention";
  for (const [index, backend] of backends.entries()) {
    signal.throwIfAborted();
    progress(index / backends.length, backend.name);
    if (backend.name === "webgpu" && !attention.spec.webgpu) continue;
    const text = words.slice(0, lengths[backend.size]);
    const input = headOver(text);
    const { result, milliseconds } = await attend(engine, input, backend);
    const expected = attentionOracle(input, { causal: true, scale }).o;
    const error = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (result[i] as number))), 0);
    checks.push({ name: `attention over ${text.length} words on ${backend.name}`, ok: error <= bound, error, bound });
    const { known, right } = guesses(text, result);
    rows.push([backend.name, text.length, milliseconds, known, right, right / Math.max(1, known), error]);
    summary = `of ${known} word pairs seen before, the head names the second word in ${percent(right, known)}`;
  }
  return {
    summary,
    checks,
    tables: [
      {
        title: "Next words",
        columns: ["backend", "words", "ms", "pairs seen before", "named", "share", "error"],
        rows,
      },
    ],
    plots: [weightsPlot(words)],
  };
}

type Head = ReturnType<typeof headOver>;

/** The result, and how long the second call took. */
async function attend(engine: Engine, head: Head, { name }: TourBackend) {
  const shape = [1, head.rows, 1, dimension];
  const tensorOf = (values: Float32Array) => engine.tensor(values, { shape });
  const [q, k, v] = [tensorOf(head.q), tensorOf(head.k), tensorOf(head.v)];
  const call = () => attention(q, k, v, { causal: true, scale, on: name });
  const first = call();
  const result = Float32Array.from((await first.data()) as Float32Array);
  const start = performance.now();
  const second = call();
  await second.data();
  const milliseconds = performance.now() - start;
  for (const tensor of [first, second, q, k, v]) tensor.dispose();
  return { result, milliseconds };
}

/** Query: the word; key: the word before; value: the word. */
function headOver(words: readonly string[]) {
  const rows = words.length;
  const q = embed(words);
  const k = new Float32Array(q.length);
  k.set(q.subarray(0, (rows - 1) * dimension), dimension);
  return { batch: 1, heads: 1, kvHeads: 1, rows, keys: rows, d: dimension, dv: dimension, q, k, v: q };
}

/** How often the result is nearest to the word that really follows, where the same pair of words stood before. */
function guesses(words: readonly string[], result: Float32Array): { known: number; right: number } {
  const vocabulary = [...new Set(words)];
  const vectors = embed(vocabulary);
  const seen = new Set<string>();
  let known = 0;
  let right = 0;
  for (let at = 0; at + 1 < words.length; at++) {
    const pair = `${words[at]} ${words[at + 1]}`;
    if (seen.has(pair)) {
      known++;
      if (vocabulary[nearest(result.subarray(at * dimension, (at + 1) * dimension), vectors)] === words[at + 1])
        right++;
    }
    seen.add(pair);
  }
  return { known, right };
}

function nearest(vector: Float32Array, rows: Float32Array): number {
  let best = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row * dimension < rows.length; row++) {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += (vector[i] as number) * (rows[row * dimension + i] as number);
    if (sum > largest) [largest, best] = [sum, row];
  }
  return best;
}

function weightsPlot(words: readonly string[]) {
  const input = headOver(words.slice(0, shown));
  const values = Array.from({ length: input.rows }, (_, i) =>
    Array.from(scoreRow(input, { causal: true, scale }, 0, 0, i).weights),
  );
  return {
    kind: "heat" as const,
    title: `Weights over the first ${input.rows} words`,
    caption: "A dark spot off the diagonal: the word stood there before, and the head reads what followed it.",
    xLabel: "key: position read",
    yLabel: "query: word",
    values,
  };
}

const percent = (part: number, whole: number): string => `${whole ? ((100 * part) / whole).toFixed(0) : 0} %`;
