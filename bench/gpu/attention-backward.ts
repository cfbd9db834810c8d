/** Gradients of softmax attention: 16 heads of 64, causal. */
import { attentionWithLse } from "../../src/ops/attention.js";
import { attentionBackward } from "../../src/ops/attention-backward.js";
import { expectNear, randomValues, type Subject, samples } from "./subject.js";

const [heads, d] = [16, 64];
const options = { causal: true, on: "webgpu" } as const;

/** Five products of the definition; the two passes of the GPU do seven. */
function causalGradients(rows: number): Subject {
  return {
    name: `attentionBackward f32 H${heads} d${d} T${rows}, causal`,
    unit: "TFLOP/s",
    amount: 10 * heads * d * ((rows * (rows + 1)) / 2),
    async prepare(engine) {
      const make = (seed: number) =>
        engine.tensor(randomValues(rows * heads * d, seed), { shape: [1, rows, heads, d] });
      const [q, k, v, dO] = [make(5), make(6), make(7), make(8)];
      const { o, lse } = attentionWithLse(q, k, v, options);
      const run = () => attentionBackward(q, k, v, o, lse, dO, options);
      const discard = (results: ReturnType<typeof run>) => {
        for (const tensor of Object.values(results)) tensor.dispose();
      };
      return {
        call: () => discard(run()),
        async check() {
          const results = run();
          const read = await Promise.all([q, k, v, dO, results.dq].map((tensor) => tensor.data()));
          discard(results);
          const row = (tensor: number, time: number, head: number) => {
            const from = (time * heads + head) * d;
            return Float64Array.from(read[tensor]!.subarray(from, from + d) as Float32Array);
          };
          for (const index of samples(rows * heads, 24)) {
            const [time, head] = [Math.floor(index / heads), index % heads];
            const [qRow, dORow, actual] = [row(0, time, head), row(3, time, head), row(4, time, head)];
            const weights: number[] = [];
            const slopes: number[] = [];
            for (let j = 0; j <= time; j++) {
              weights.push(Math.exp(dot(qRow, row(1, j, head)) / Math.sqrt(d)));
              slopes.push(dot(dORow, row(2, j, head)));
            }
            const total = weights.reduce((sum, weight) => sum + weight, 0);
            const mean = weights.reduce((sum, weight, j) => sum + (weight / total) * slopes[j]!, 0);
            const expected = new Float64Array(d);
            for (let j = 0; j <= time; j++) {
              const slope = ((weights[j]! / total) * (slopes[j]! - mean)) / Math.sqrt(d);
              const key = row(1, j, head);
              for (let c = 0; c < d; c++) expected[c]! += slope * key[c]!;
            }
            for (let c = 0; c < d; c++) expectNear(`dq[${time}, ${head}, ${c}]`, actual[c]!, expected[c]!, 4e-6);
          }
        },
        dispose() {
          for (const tensor of [q, k, v, dO, o, lse]) tensor.dispose();
        },
      };
    },
  };
}

function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}

export const gradients: readonly Subject[] = [causalGradients(1024), causalGradients(4096)];
