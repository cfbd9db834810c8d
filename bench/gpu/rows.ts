/** Operations over the rows of a matrix, which ought to cost no more than reading it and, but for sums, writing it. */
import { layerNorm, rmsNorm } from "../../src/ops/norm.js";
import { sum } from "../../src/ops/reduce.js";
import { softmax } from "../../src/ops/softmax.js";
import { normOracle, softmaxOracle } from "../../src/oracles/reduce.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectNear, randomValues, type Subject } from "./subject.js";

type RowOracle = (row: readonly number[]) => readonly number[];

/** 2^26 elements: 256 MiB, several times any last-level cache. */
function rows(name: string, n: number, run: (a: Tensor) => Tensor, oracle: RowOracle, outputs = 4 * n): Subject {
  const count = Math.floor(2 ** 26 / n);
  return {
    name: `${name} f32 [${count}, ${n}]`,
    unit: "TB/s",
    amount: count * (4 * n + outputs),
    shareOfCopy: 0.85,
    async prepare(engine) {
      const a = engine.tensor(randomValues(count * n, 3), { shape: [count, n] });
      return {
        call: () => run(a).dispose(),
        async check() {
          for (const row of [0, count - 1]) {
            const view = a.rows(row, row + 1);
            const result = run(view);
            const [x, y] = [await view.data(), await result.data()];
            for (const made of [view, result]) made.dispose();
            const expected = oracle(Array.from(x, Number));
            expected.forEach((value, i) => {
              expectNear(`row ${row}, element ${i}`, Number(y[i]), value, 2 ** -18 * (1 + Math.abs(value)));
            });
          }
        },
        dispose: () => a.dispose(),
      };
    },
  };
}

const on = "webgpu";
const norm = (centred: boolean) => (row: readonly number[]) => normOracle(row, { centred, eps: 1e-5 });
const total = (row: readonly number[]) => [row.reduce((x, y) => x + y, 0)];

export const rowSubjects: readonly Subject[] = [
  ...[64, 1024, 4096, 4095].map((n) => rows("softmax", n, (a) => softmax(a, { on }), softmaxOracle)),
  ...[1024, 4096, 16384].map((n) => rows("layerNorm", n, (a) => layerNorm(a, { on }), norm(true))),
  rows("rmsNorm", 4096, (a) => rmsNorm(a, { on }), norm(false)),
  ...[1024, 65536].map((n) => rows("sum", n, (a) => sum(a, { axes: 1, on }), total, 4)),
];
