/** L-Mul matrix products against our own f32 ones without FMA, one thread; the last rows have zeros in an operand. */
import { createEngine, matmul } from "wavefold";
import { lmulMatmul } from "wavefold/l-mul";
import { compare } from "../lib/compare.mjs";
import { noise, ours } from "../lib/inputs.mjs";

/** No peers: the rival is our own product. */
export const alone = true;

/** Zeros are masked in the panels that have any: a third operation beside two additions. A dense product pays nothing. */
const cases = [
  { size: 256, zeros: 0, bar: 0.9 },
  { size: 512, zeros: 0, bar: 0.9 },
  { size: 1024, zeros: 0, bar: 0.9 },
  { size: 512, zeros: 0.5, bar: 0.5 },
];

const thinned = (values, share) => values.map((x, i) => ((i * 2654435761) % 2 ** 32 < share * 2 ** 32 ? 0 : x));

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false, deterministic: true });
  await engine.warmup([lmulMatmul]);
  const rows = [];
  for (const { size, zeros, bar } of cases) {
    const shape = [size, size];
    const a = engine.tensor(thinned(noise(size * size, 1), zeros), { shape });
    const b = engine.tensor(noise(size * size, 2), { shape });
    const out = engine.tensor(new Float32Array(size * size), { shape });
    const contestants = {
      wavefold: ours(() => lmulMatmul(a, b, { out })),
      "f32 product": ours(() => matmul(a, b, { out })),
    };
    const { best, ratio } = await compare(contestants, { rounds });
    const rate = (seconds) => `${((2 * size ** 3) / seconds / 1e9).toFixed(1)} GF`;
    rows.push({ what: `L-Mul ${size}^3${zeros ? `, ${100 * zeros} % zeros in a` : ""}`, best, ratio, rate, bar });
    for (const tensor of [a, b, out]) tensor.dispose();
  }
  engine.destroy();
  return rows;
}
