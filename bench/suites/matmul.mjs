/** f32 matrix products on one thread against the fastest peer. */
import { createEngine, matmul } from "wavefold";
import { compare } from "../lib/compare.mjs";
import { noise, ours } from "../lib/inputs.mjs";

/** Bars: [plain SIMD, relaxed SIMD, Chromium]. */
const square = [1.4, 1.8, 1.4];
const shapes = [
  { m: 256, n: 256, k: 256, bars: square },
  { m: 512, n: 512, k: 512, bars: square },
  { m: 1024, n: 1024, k: 1024, bars: square },
  { m: 1024, n: 1024, k: 1, bars: [1, 1, 1] },
  { m: 1, n: 1024, k: 1024, bars: [1, 1, 1] },
  { m: 127, n: 129, k: 131, bars: [1, 1, 1] },
];

export async function run({ peers, bar, rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const rows = [];
  for (const { m, n, k, bars } of shapes) {
    const [a, b] = [noise(m * k, 1), noise(k * n, 2)];
    const [x, y] = [engine.tensor(a, { shape: [m, k] }), engine.tensor(b, { shape: [k, n] })];
    const out = engine.tensor(new Float32Array(m * n), { shape: [m, n] });
    const contestants = { wavefold: ours(() => matmul(x, y, { out })) };
    for (const peer of peers) if (peer.matmul) contestants[peer.name] = await peer.matmul(m, n, k, a, b);
    const { best, ratio } = await compare(contestants, { rounds });
    const rate = (seconds) => `${((2 * m * n * k) / seconds / 1e9).toFixed(1)} GF`;
    rows.push({ what: `matmul ${m}x${n}x${k}`, best, ratio, rate, bar: bar(bars) });
    for (const tensor of [x, y, out]) tensor.dispose();
  }
  engine.destroy();
  return rows;
}
