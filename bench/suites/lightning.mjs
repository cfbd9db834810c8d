/**
 * How exact Lightning Attention-2 is, not how fast: rms error of o over the rms of o from the definition in f64, 64 key channels and
 * chunks of 64, normal numbers, by slope. The figure is the bar's error over the measured one. Value columns do not see each other,
 * so eight stand for all.
 */
import { createEngine } from "wavefold";
import { scalarGate } from "wavefold/recurrence";
import { noise } from "../lib/inputs.mjs";

export const alone = true;

const [K, V, piece] = [64, 8, 8192];

/** Normal numbers (Box and Muller 1958). */
function normal(count, seed) {
  const [x, y] = [noise(count, seed), noise(count, seed + 1)];
  return x.map((u, i) => Math.sqrt(-2 * Math.log(Math.min(1, (u + 1) / 2 + 1e-9))) * Math.cos(Math.PI * y[i]));
}

/** o of the steps in q, k and v, whose f64 state [K, V] moves on. */
function exact(q, k, v, state, factor) {
  const o = new Float64Array(v.length);
  for (let t = 0; t < v.length / V; t++) {
    for (let c = 0; c < K; c++) {
      const [key, query] = [k[t * K + c], q[t * K + c]];
      for (let j = 0; j < V; j++) {
        const s = factor * state[c * V + j] + key * v[t * V + j];
        state[c * V + j] = s;
        o[t * V + j] += query * s;
      }
    }
  }
  return o;
}

/** The error over `steps`, which come in pieces. */
async function errorOf(engine, steps, slope) {
  const [exactState, factor] = [new Float64Array(K * V), Math.exp(Math.fround(-slope))];
  let [state, wrong, all] = [engine.tensor(new Float32Array(K * V), { shape: [1, 1, K, V] }), 0, 0];
  const decay = engine.tensor([-slope]);
  for (let first = 0; first < steps; first += piece) {
    const [q, k, v] = [K, K, V].map((width, i) => normal(piece * width, 1 + 2 * i + (6 * first) / piece));
    const tensors = [q, k, v].map((x) => engine.tensor(x, { shape: [1, piece, 1, x.length / piece] }));
    const result = scalarGate(...tensors, { decay, initialState: state, scale: 1, chunk: 64 });
    const [actual, expected] = [await result.o.data(), exact(q, k, v, exactState, factor)];
    for (let i = 0; i < actual.length; i++) {
      wrong += (actual[i] - expected[i]) ** 2;
      all += expected[i] ** 2;
    }
    for (const tensor of [...tensors, state, result.o]) tensor.dispose();
    state = result.state;
  }
  return Math.sqrt(wrong / all);
}

export async function run() {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const rows = [];
  for (const [steps, most, slopes] of [
    [8192, 3e-7, [0, 3.90625e-8, 1 / 256, 1 / 16, 0.5]],
    [2 ** 20, 1e-6, [0, 3.90625e-8, 1 / 256]],
  ]) {
    for (const slope of slopes) {
      const error = await errorOf(engine, steps, slope);
      rows.push({
        what: `slope ${slope}, ${steps} steps`,
        best: { "rms error": error },
        ratio: { bar: most / error },
        rate: (x) => x.toExponential(1),
        bar: 1,
      });
    }
  }
  engine.destroy();
  return rows;
}
