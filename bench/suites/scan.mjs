/** Running sums of f32 on one thread, against a copy of the same bytes. */
import { createEngine } from "wavefold";
import { scan } from "wavefold/recurrence";
import { compare } from "../lib/compare.mjs";
import { copy } from "../lib/copy.mjs";
import { noise, ours } from "../lib/inputs.mjs";

/** Elements, and how many times as long as a copy a scan may take. */
const sizes = [
  [2 ** 22, 1.8],
  [2 ** 24, 1.4],
];

async function sumAgainstCopy(engine, rounds, size, most) {
  const [a, out] = [engine.tensor(noise(size, 1)), engine.tensor(new Float32Array(size))];
  const contestants = { wavefold: ours(() => scan(a, { out })), copy: ours(() => copy(a, { out })) };
  const { best, ratio } = await compare(contestants, { rounds, samples: 2 });
  for (const tensor of [a, out]) tensor.dispose();
  const rate = (seconds) => `${((8 * size) / seconds / 1e9).toFixed(1)} GB/s`;
  return { what: `running sum 2^${Math.log2(size)}, rate over a copy's`, best, ratio, rate, bar: 1 / most };
}

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const rows = [];
  for (const [size, most] of sizes) rows.push(await sumAgainstCopy(engine, rounds, size, most));
  engine.destroy();
  return rows;
}
