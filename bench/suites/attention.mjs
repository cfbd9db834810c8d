/** Softmax attention B1 H8 T1024 d64 on one thread. */
import { attention, createEngine } from "wavefold";
import { compare } from "../lib/compare.mjs";
import { noise, ours } from "../lib/inputs.mjs";

const [heads, d] = [8, 64];
const cases = [
  { t: 1024, causal: false, bars: [1.6, 2, 1.6] },
  { t: 1024, causal: true, bars: [4, 4, 4] },
];

export async function run({ peers, bar, rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const rows = [];
  for (const { t, causal, bars } of cases) {
    const shape = [1, t, heads, d];
    const values = [1, 2, 3].map((seed) => noise(t * heads * d, seed));
    const [q, k, v, out] = [...values, values[0]].map((x) => engine.tensor(x, { shape }));
    const contestants = { wavefold: ours(() => attention(q, k, v, { causal, out })) };
    for (const peer of peers.filter((each) => each.name === "onnxruntime-web")) {
      contestants[peer.name] = await peer.attention(t, heads, d, ...values, causal);
    }
    const { best, ratio } = await compare(contestants, { rounds, samples: 2 });
    const rate = (seconds) => `${(seconds * 1e3).toFixed(1)} ms`;
    rows.push({ what: `attention T=${t}${causal ? " causal" : ""}`, best, ratio, rate, bar: bar(bars) });
    for (const tensor of [q, k, v, out]) tensor.dispose();
  }
  engine.destroy();
  return rows;
}
