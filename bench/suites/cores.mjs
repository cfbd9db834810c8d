/**
 * Every core of the recurrences, forward and backward, B1 H8 T2048, on one thread, beside core A forward. No peer has all of them:
 * the figure is core A's time over the core's, and there is no bar.
 */
import { createEngine } from "wavefold";
import {
  delta,
  deltaBackward,
  lowRank,
  lowRankBackward,
  scalarGate,
  scalarGateBackward,
  selectiveScan,
  selectiveScanBackward,
  vectorGate,
  vectorGateBackward,
} from "wavefold/recurrence";
import { compare } from "../lib/compare.mjs";
import { noise, ours } from "../lib/inputs.mjs";

export const alone = true;

const [steps, heads] = [2048, 8];

/** Forward and backward calls by core, d channels. */
function coresOf(engine, d) {
  const tensor = (factor, seed, shift, ...shape) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return engine.tensor(
      noise(size, seed).map((x) => factor * (x + shift)),
      { shape },
    );
  };
  const rows = (seed, factor = 1) => tensor(factor, seed, 0, 1, steps, heads, d);
  const [q, k, v, dO] = [rows(1), rows(2, d ** -0.5), rows(3), rows(4)];
  const perHead = { gate: tensor(0.05, 5, -1, 1, steps, heads) };
  const perChannel = { gate: tensor(0.05, 6, -1, 1, steps, heads, d) };
  const beta = tensor(0.5, 7, 1, 1, steps, heads);
  const [a, b] = [rows(8, -(d ** -0.5)), rows(9, d ** -0.5)];
  // Mamba-1 with as many channels as the heads have, and 16 states each.
  const scanned = (seed, factor = 1, shift = 0) => tensor(factor, seed, shift, 1, heads * d, steps);
  const [u, rate, decays, dY] = [scanned(10), scanned(11, 0.05, 1), tensor(-0.5, 12, 2, heads * d, 16), scanned(13)];
  const [into, outOf] = [14, 15].map((seed) => tensor(1, seed, 0, 1, 16, steps));
  return {
    "A forward": () => scalarGate(q, k, v, perHead),
    "A backward": () => scalarGateBackward(q, k, v, dO, perHead),
    "B forward": () => vectorGate(q, k, v, perChannel),
    "B backward": () => vectorGateBackward(q, k, v, dO, perChannel),
    "C forward": () => delta(q, k, v, beta, perHead),
    "C backward": () => deltaBackward(q, k, v, beta, dO, perHead),
    "D forward": () => lowRank(q, k, v, a, b, perChannel),
    "D backward": () => lowRankBackward(q, k, v, a, b, dO, perChannel),
    "E forward": () => selectiveScan(u, rate, decays, into, outOf),
    "E backward": () => selectiveScanBackward(u, rate, decays, into, outOf, dY),
  };
}

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const rows = [];
  for (const d of [64, 128]) {
    const cores = coresOf(engine, d);
    const contestant = (name) => ours(() => engine.scope(() => void cores[name]()));
    for (const name of Object.keys(cores)) {
      const { best, ratio } = await compare(
        { [name]: contestant(name), "core A": contestant("A forward") },
        { rounds, samples: 1 },
      );
      rows.push({
        what: `core ${name} d=${d}`,
        best,
        ratio,
        rate: (seconds) => `${(seconds * 1e3).toFixed(1)} ms`,
        bar: 0,
      });
    }
  }
  engine.destroy();
  return rows;
}
