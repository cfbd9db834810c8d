/** Linear recurrences B1 H8 on one thread: 2048 steps at once, and one step that updates its state. */
import { createEngine } from "wavefold";
import { delta, deltaStep, scalarGate, scalarGateStep } from "wavefold/recurrence";
import { compare } from "../lib/compare.mjs";
import { noise, ours } from "../lib/inputs.mjs";

const heads = 8;

/** By the names that onnxruntime gives the rules: what each takes besides q, k and v, and its two calls. */
const scalar = { call: scalarGate, step: scalarGateStep };
const deltaRule = {
  call: (q, k, v, { beta, ...options }) => delta(q, k, v, beta, options),
  step: (state, q, k, v, { beta, ...options }) => deltaStep(state, q, k, v, beta, options),
};
const rules = {
  linear: { factors: [], ...scalar },
  gated: { factors: ["decay"], ...scalar },
  delta: { factors: ["beta"], ...deltaRule },
  gated_delta: { factors: ["decay", "beta"], ...deltaRule },
};

/** Values of one case, as plain arrays. */
function inputsOf(rule, t, d) {
  const [q, k, v] = [1, 2, 3].map((seed) => noise(t * heads * d, seed));
  const decay = noise(t * heads, 4).map((x) => -0.05 * (x + 1));
  const beta = noise(t * heads, 5).map((x) => (x + 1) / d);
  const factors = Object.fromEntries(
    Object.entries({ decay, beta }).filter(([name]) => rules[rule].factors.includes(name)),
  );
  return { q, k, v, past: new Float32Array(heads * d * d), ...factors };
}

function ownCall(engine, rule, t, d, { q, k, v, past, decay, beta }) {
  const tensor = (x, ...shape) => engine.tensor(x, { shape });
  const [qt, kt, vt] = [q, k, v].map((x) => tensor(x, 1, t, heads, d));
  const state = tensor(past, 1, heads, d, d);
  const factors = {
    ...(decay ? { gate: tensor(decay, 1, t, heads) } : {}),
    ...(beta ? { beta: tensor(beta, 1, t, heads) } : {}),
  };
  const o = tensor(new Float32Array(t * heads * d), 1, t, heads, d);
  const { call, step } = rules[rule];
  if (t === 1) return () => step(state, qt, kt, vt, { ...factors, out: { o } });
  const last = tensor(past, 1, heads, d, d);
  return () => call(qt, kt, vt, { ...factors, initialState: state, out: { o, state: last } });
}

export async function run({ peers, bar, rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const peer = peers.find((each) => each.name === "onnxruntime-web");
  const rows = [];
  for (const rule of Object.keys(rules)) {
    for (const d of [64, 128]) {
      for (const t of [2048, 1]) {
        const inputs = inputsOf(rule, t, d);
        const contestants = {
          wavefold: ours(ownCall(engine, rule, t, d, inputs)),
          [peer.name]: await peer.linearAttention({ rule, t, heads, d }, inputs),
        };
        const { best, ratio } = await compare(contestants, { rounds, samples: t === 1 ? 40 : 2 });
        const rate = (seconds) => (t === 1 ? `${(seconds * 1e6).toFixed(0)} us` : `${(seconds * 1e3).toFixed(1)} ms`);
        rows.push({
          what: `${rule} d=${d} T=${t}`,
          best,
          ratio,
          rate,
          bar: bar(t === 1 ? [2, 2, 2] : [2.5, 2.5, 2.5]),
        });
      }
    }
  }
  engine.destroy();
  return rows;
}
