/** Softmax attention: 16 heads of 64. */
import { attention } from "../../src/ops/attention.js";
import { expectNear, randomValues, type Subject, samples } from "./subject.js";

interface Shape {
  rows: number;
  keys?: number;
  causal?: boolean;
  dtype?: "f32" | "f16";
}

const [heads, d] = [16, 64];

function softmaxAttention({ rows, keys = rows, causal = false, dtype = "f32" }: Shape): Subject {
  const pairs = causal ? rows * keys - (rows * (rows - 1)) / 2 : rows * keys;
  return {
    name: `attention ${dtype} H${heads} d${d} T${rows}${keys === rows ? "" : `, ${keys} keys`}${causal ? ", causal" : ""}`,
    unit: "TFLOP/s",
    amount: 4 * heads * d * pairs,
    async prepare(engine) {
      const make = (time: number, seed: number) =>
        engine.tensor(randomValues(time * heads * d, seed), { shape: [1, time, heads, d], dtype });
      const [q, k, v] = [make(rows, 5), make(keys, 6), make(keys, 7)];
      const run = () => attention(q, k, v, { causal, on: "webgpu" });
      return {
        call: () => run().dispose(),
        async check() {
          const o = run();
          const [x, y, z, actual] = await Promise.all([q.data(), k.data(), v.data(), o.data()]);
          o.dispose();
          const at = (values: ArrayLike<number | bigint>, time: number, head: number, c: number) =>
            Number(values[(time * heads + head) * d + c]);
          for (const index of samples(rows * heads, 24)) {
            const [row, head] = [Math.floor(index / heads), index % heads];
            const visible = causal ? Math.min(keys, row + keys - rows + 1) : keys;
            const sums = new Float64Array(d);
            let total = 0;
            for (let j = 0; j < visible; j++) {
              let score = 0;
              for (let c = 0; c < d; c++) score += at(x, row, head, c) * at(y, j, head, c);
              const weight = Math.exp(score / Math.sqrt(d));
              total += weight;
              for (let c = 0; c < d; c++) sums[c]! += weight * at(z, j, head, c);
            }
            const tolerance = dtype === "f32" ? 4e-6 : 1e-3;
            for (let c = 0; c < d; c++) {
              expectNear(`o[${row}, ${head}, ${c}]`, at(actual, row, head, c), (sums[c] as number) / total, tolerance);
            }
          }
        },
        dispose() {
          for (const tensor of [q, k, v]) tensor.dispose();
        },
      };
    },
  };
}

export const attentions: readonly Subject[] = [
  softmaxAttention({ rows: 4096 }),
  softmaxAttention({ rows: 4096, causal: true }),
  softmaxAttention({ rows: 4096, causal: true, dtype: "f16" }),
  softmaxAttention({ rows: 16384, causal: true }),
  softmaxAttention({ rows: 1, keys: 16384 }),
];
