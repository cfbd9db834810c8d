/** Calls of many sizes, each of which can be explained and forced. */
import type { BackendName } from "../../src/backends/contract.js";
import type { Engine } from "../../src/engine/engine.js";
import type { Plan } from "../../src/engine/plan.js";
import { attention } from "../../src/ops/attention.js";
import { add } from "../../src/ops/binary.js";
import { matmul } from "../../src/ops/matmul.js";
import { sum } from "../../src/ops/reduce.js";
import { softmax } from "../../src/ops/softmax.js";
import { exp } from "../../src/ops/unary.js";
import type { Tensor } from "../../src/tensor/tensor.js";

export interface GridCall {
  readonly name: string;
  /** Shapes of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  run(inputs: readonly Tensor[], on: BackendName): Tensor;
  explain(engine: Engine, inputs: readonly Tensor[]): Plan;
}

type Inputs<N extends 1 | 2 | 3> = N extends 1 ? [Tensor] : N extends 2 ? [Tensor, Tensor] : [Tensor, Tensor, Tensor];

function calls<N extends 1 | 2 | 3>(
  sizes: readonly number[],
  describe: (size: number) => { name: string; shapes: readonly (readonly number[])[] },
  run: (inputs: Inputs<N>, options: { on?: BackendName }) => Tensor,
  explain: (engine: Engine, inputs: Inputs<N>) => Plan,
): GridCall[] {
  return sizes.map((size) => ({
    ...describe(size),
    run: (inputs, on) => run(inputs as Inputs<N>, { on }),
    explain: (engine, inputs) => explain(engine, inputs as Inputs<N>),
  }));
}

const lengths = [2 ** 8, 2 ** 12, 2 ** 14, 2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24];
const [heads, d] = [8, 64];

export const grid: readonly GridCall[] = [
  ...calls<2>(
    [8, 16, 32, 64, 128, 256, 512, 1024, 2048],
    (n) => ({
      name: `matmul ${n} x ${n} x ${n}`,
      shapes: [
        [n, n],
        [n, n],
      ],
    }),
    ([a, b], options) => matmul(a, b, options),
    (engine, [a, b]) => engine.explain(matmul, a, b),
  ),
  ...calls<2>(
    lengths,
    (n) => ({ name: `add ${n}`, shapes: [[n], [n]] }),
    ([a, b], options) => add(a, b, options),
    (engine, [a, b]) => engine.explain(add, a, b),
  ),
  ...calls<1>(
    lengths,
    (n) => ({ name: `exp ${n}`, shapes: [[n]] }),
    ([a], options) => exp(a, options),
    (engine, [a]) => engine.explain(exp, a),
  ),
  ...calls<1>(
    lengths,
    (n) => ({ name: `sum ${n}`, shapes: [[n]] }),
    ([a], options) => sum(a, options),
    (engine, [a]) => engine.explain(sum, a),
  ),
  ...calls<1>(
    [1, 4, 16, 64, 256, 1024, 4096, 16384],
    (rows) => ({ name: `softmax ${rows} x 1024`, shapes: [[rows, 1024]] }),
    ([a], options) => softmax(a, options),
    (engine, [a]) => engine.explain(softmax, a),
  ),
  ...calls<3>(
    [1, 8, 32, 64, 128, 256, 512, 1024, 2048],
    (rows) => ({ name: `attention H${heads} d${d} T${rows}`, shapes: new Array(3).fill([1, rows, heads, d]) }),
    ([q, k, v], options) => attention(q, k, v, options),
    (engine, [q, k, v]) => engine.explain(attention, q, k, v),
  ),
];
