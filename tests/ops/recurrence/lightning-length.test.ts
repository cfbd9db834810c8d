/**
 * Lightning Attention over lengths: the error does not grow with them, the slowest decays included. Value columns do not see each other,
 * so four stand for all; the state's roundings are what a long run would gather.
 */
import { expect, test } from "vitest";
import { scalarGate } from "../../../src/ops/recurrence/scalar-gate.js";
import { openFor, wasmBackends } from "../../support/engines.js";

const [K, V, piece] = [64, 4, 8192];
const engine = openFor(wasmBackends.at(-1)!);

/** Uniform in [-1, 1), from a 32-bit xorshift (Marsaglia 2003). */
function uniform(seed: number): (size: number) => Float32Array {
  let x = seed;
  return (size) =>
    Float32Array.from({ length: size }, () => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x / 2 ** 31;
    });
}

/** o of a piece from the definition in f64; the state [K, V] moves on. */
function exactPiece(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  state: Float64Array,
  factor: number,
): Float64Array {
  const o = new Float64Array(v.length);
  for (let t = 0; t < piece; t++) {
    for (let c = 0; c < K; c++) {
      const key = k[t * K + c] as number;
      const query = q[t * K + c] as number;
      for (let j = 0; j < V; j++) {
        const s = factor * (state[c * V + j] as number) + key * (v[t * V + j] as number);
        state[c * V + j] = s;
        o[t * V + j]! += query * s;
      }
    }
  }
  return o;
}

/** rms error of o over the rms of o, `steps` in pieces with the state carried on in f32. */
async function errorOf(steps: number, slope: number): Promise<number> {
  const values = uniform(12345);
  const exactState = new Float64Array(K * V);
  const factor = Math.exp(Math.fround(-slope));
  const decay = engine().tensor([-slope]);
  let state = engine().tensor(new Float32Array(K * V), { shape: [1, 1, K, V] });
  let [wrong, all] = [0, 0];
  for (let first = 0; first < steps; first += piece) {
    const [q, k, v] = [values(piece * K), values(piece * K), values(piece * V)] as const;
    const tensor = (x: Float32Array, width: number) => engine().tensor(x, { shape: [1, piece, 1, width] });
    const rows = [tensor(q, K), tensor(k, K), tensor(v, V)] as const;
    const result = scalarGate(...rows, { decay, initialState: state, scale: 1, chunk: 64 });
    const actual = await result.o.data();
    exactPiece(q, k, v, exactState, factor).forEach((x, i) => {
      wrong += ((actual[i] as number) - x) ** 2;
      all += x ** 2;
    });
    for (const used of [...rows, state, result.o]) used.dispose();
    state = result.state;
  }
  for (const used of [decay, state]) used.dispose();
  return Math.sqrt(wrong / all);
}

test.each([0, 3.90625e-8, 1 / 256, 1 / 16, 0.5])("8192 steps, slope %d", async (slope) => {
  expect(await errorOf(8192, slope)).toBeLessThanOrEqual(3e-7);
});

test("1048576 steps, slope 3.90625e-8", async () => {
  expect(await errorOf(2 ** 20, 3.90625e-8)).toBeLessThanOrEqual(1e-6);
});
