/**
 * Lightning Attention-2 (64 channels, slope 1/256) over lengths, on one thread: seconds per token when a sequence comes in pieces of
 * 16K with the state carried on, against those of the first 64K; and a whole sequence against the engine's own causal softmax.
 */
import { attention, createEngine } from "wavefold";
import { scalarGate } from "wavefold/recurrence";
import { compare } from "../lib/compare.mjs";
import { noise, ours } from "../lib/inputs.mjs";

export const alone = true;

const d = 64;
const piece = 16 * 1024;
const name = (length) =>
  length < 1024 ? `${length}` : length < 2 ** 20 ? `${length / 1024}K` : `${length / 2 ** 20}M`;

function inputsOf(engine, steps) {
  const rows = (seed) => engine.tensor(noise(steps * d, seed), { shape: [1, steps, 1, d] });
  return { q: rows(1), k: rows(2), v: rows(3), o: rows(4), decay: engine.tensor([-1 / 256]) };
}

/** `steps` tokens, the same values in every piece: what they are costs nothing. */
function streamed(engine, steps) {
  const { q, k, v, o, decay } = inputsOf(engine, Math.min(steps, piece));
  const state = engine.tensor(new Float32Array(d * d), { shape: [1, 1, d, d] });
  const run = () => {
    for (let first = 0; first < steps; first += piece) {
      scalarGate(q, k, v, { decay, initialState: state, out: { o, state } });
    }
  };
  return { run, tensors: [q, k, v, o, decay, state] };
}

async function streams(engine, rounds) {
  const base = ours(streamed(engine, 64 * 1024).run);
  const rows = [];
  for (const steps of [1, 4, 16, 64, 256, 1024].map((x) => x * 1024)) {
    const { run: stream, tensors } = streamed(engine, steps);
    stream();
    const kept = engine.memory().wasm.usedBytes;
    const { times } = await compare({ wavefold: ours(stream), "64K": base }, { rounds, samples: 1 });
    const grown = engine.memory().wasm.usedBytes - kept;
    for (const tensor of tensors) tensor.dispose();
    const perToken = { wavefold: Math.min(...times.wavefold) / steps, "64K": Math.min(...times["64K"]) / 65536 };
    rows.push({
      what: `${name(steps)} tokens in pieces of 16K, ${grown} bytes more`,
      best: perToken,
      ratio: { "64K": perToken["64K"] / perToken.wavefold },
      rate: (seconds) => `${(seconds * 1e9).toFixed(0)} ns/token`,
      bar: steps === 2 ** 20 ? 1 / 1.1 : 0,
    });
  }
  return rows;
}

async function againstSoftmax(engine, rounds, steps) {
  const { q, k, v, o, decay } = inputsOf(engine, steps);
  const contestants = {
    lightning: ours(() => scalarGate(q, k, v, { decay, out: { o } })),
    softmax: ours(() => attention(q, k, v, { causal: true, out: o })),
  };
  const long = steps > 8192;
  const { best, ratio } = await compare(contestants, { rounds: long ? 1 : rounds, samples: 1 });
  for (const tensor of [q, k, v, o, decay]) tensor.dispose();
  return {
    what: `${name(steps)} tokens, over causal softmax`,
    best,
    ratio,
    rate: (seconds) => `${(seconds * 1e3).toFixed(2)} ms`,
    bar: 0,
  };
}

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const rows = await streams(engine, rounds);
  for (const steps of [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]) {
    rows.push(await againstSoftmax(engine, rounds, steps));
  }
  engine.destroy();
  return rows;
}
