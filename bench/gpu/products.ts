/** Matrix products. */
import { matmul } from "../../src/ops/matmul.js";
import { expectNear, randomValues, type Subject, samples } from "./subject.js";

interface Shape {
  m: number;
  n: number;
  k: number;
  dtype?: "f32" | "f16";
  transposeB?: boolean;
  bar?: number;
}

function product({ m, n, k, dtype = "f32", transposeB = false, bar }: Shape): Subject {
  return {
    name: `matmul ${dtype} ${m}x${n}x${k}${transposeB ? ", B transposed" : ""}`,
    unit: "TFLOP/s",
    amount: 2 * m * n * k,
    ...(bar === undefined ? {} : { bar }),
    async prepare(engine) {
      const a = engine.tensor(randomValues(m * k, 1), { shape: [m, k], dtype });
      const b = engine.tensor(randomValues(k * n, 2), { shape: transposeB ? [n, k] : [k, n], dtype });
      const run = () => matmul(a, b, { transposeB, on: "webgpu" });
      return {
        call: () => run().dispose(),
        async check() {
          const c = run();
          const [x, y, z] = await Promise.all([a.data(), b.data(), c.data()]);
          c.dispose();
          for (const at of samples(m * n, 200)) {
            const [i, j] = [Math.floor(at / n), at % n];
            let sum = 0;
            let magnitude = 0;
            for (let l = 0; l < k; l++) {
              const term = Number(x[i * k + l]) * Number(y[transposeB ? j * k + l : l * n + j]);
              sum += term;
              magnitude += Math.abs(term);
            }
            // See `bound` of the operation; the matrix units truncate where others round.
            expectNear(`c[${i}, ${j}]`, Number(z[at]), sum, (k + 1) * 2 ** -23 * magnitude);
          }
        },
        dispose() {
          a.dispose();
          b.dispose();
        },
      };
    },
  };
}

export const products: readonly Subject[] = [
  product({ m: 4096, n: 4096, k: 4096, bar: 38 }),
  product({ m: 4096, n: 4096, k: 4096, transposeB: true }),
  product({ m: 2048, n: 2048, k: 2048 }),
  product({ m: 1024, n: 1024, k: 1024 }),
  product({ m: 1001, n: 1003, k: 999 }),
  product({ m: 4096, n: 4096, k: 4096, dtype: "f16", bar: 120 }),
  product({ m: 4096, n: 4096, k: 4096, dtype: "f16", transposeB: true }),
  product({ m: 2048, n: 2048, k: 2048, dtype: "f16" }),
];
