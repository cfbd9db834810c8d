/** Elementwise work on one thread: a product against a copy per byte moved, and the rate of the transcendental functions. */
import { createEngine, exp, mul, sigmoid, tanh } from "wavefold";
import { compare } from "../lib/compare.mjs";
import { copy } from "../lib/copy.mjs";
import { noise, ours } from "../lib/inputs.mjs";

const large = 2 ** 24;
const medium = 2 ** 20;
/** Elements per second that a function must reach. */
const fewestPerSecond = 0.5e9;

/** a b moves three arrays where a copy moves two, so it may take 1.5 times as long at the same rate. */
async function productAgainstCopy(engine, rounds) {
  const [a, b, out] = [1, 2, 3].map((x) => engine.tensor(new Float32Array(large).fill(x)));
  const contestants = { wavefold: ours(() => mul(a, b, { out })), copy: ours(() => copy(a, { out })) };
  const { best, ratio } = await compare(contestants, { rounds, samples: 2 });
  for (const tensor of [a, b, out]) tensor.dispose();
  const rate = (seconds, name) => `${(((name === "copy" ? 8 : 12) * large) / seconds / 1e9).toFixed(1)} GB/s`;
  return { what: "multiply 2^24, rate over a copy's", best, ratio: { copy: 1.5 * ratio.copy }, rate, bar: 1 / 1.3 };
}

async function functionRate(engine, peers, rounds, [name, op]) {
  const values = noise(medium, 1);
  const [x, out] = [engine.tensor(values), engine.tensor(values)];
  const contestants = { wavefold: ours(() => op(x, { out })) };
  for (const peer of peers) if (peer.unary) contestants[peer.name] = await peer.unary(name, medium, values);
  const { best, ratio } = await compare(contestants, { rounds });
  for (const tensor of [x, out]) tensor.dispose();
  const rate = (seconds) => `${(medium / seconds / 1e9).toFixed(2)} G/s`;
  const reached = medium / best.wavefold / fewestPerSecond;
  return {
    what: `${name} 2^20, rate over 0.5 G/s`,
    best,
    ratio: { ...ratio, "0.5 G/s": reached },
    rate,
    bar: 1,
    of: "0.5 G/s",
  };
}

export async function run({ peers, rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const rows = [await productAgainstCopy(engine, rounds)];
  for (const each of Object.entries({ exp, tanh, sigmoid })) rows.push(await functionRate(engine, peers, rounds, each));
  engine.destroy();
  return rows;
}
