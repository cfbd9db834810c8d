/** What is bound by memory, against our own copy kernel. */
import { packParams } from "../../src/backends/webgpu/run.js";
import { source as copyShader } from "../../src/generated/shaders/copy.js";
import { add, mul } from "../../src/ops/binary.js";
import { defineOp } from "../../src/ops/define-op.js";
import { exp, relu, tanh } from "../../src/ops/unary.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectNear, randomValues, type Subject, samples } from "./subject.js";

/** 256 MiB: several times any last-level cache. */
const count = 1 << 26;

const copy = defineOp({
  name: "copy",
  prepare: (a: Tensor) => ({ inputs: [a], outputs: [{ shape: a.shape, dtype: a.dtype }], params: a.byteLength / 16 }),
  work: (quads) => ({ operations: 0, bytes: 32 * quads, rate: "stream" }),
  webgpu: {
    encode: (g, inputs, outputs, quads) =>
      g.dispatch({
        label: "copy",
        shader: copyShader,
        params: packParams(quads, 0),
        bindings: [...inputs, ...outputs],
        groups: Math.ceil(quads / 512),
      }),
  },
  bound: "exact",
});

/** @param relative of the result, and of 1: the bound that the operation states */
function stream(
  name: string,
  inputs: 1 | 2,
  run: (a: Tensor, b: Tensor) => Tensor,
  expected: (x: number, y: number) => number,
  more: Pick<Subject, "bar" | "shareOfCopy"> = { shareOfCopy: 0.85 },
): Subject {
  return {
    name: `${name} f32, ${count} elements`,
    unit: "TB/s",
    amount: 4 * count * (inputs + 1),
    ...more,
    async prepare(engine) {
      const a = engine.tensor(randomValues(count, 3));
      const b = inputs === 2 ? engine.tensor(randomValues(count, 4)) : a;
      return {
        call: () => run(a, b).dispose(),
        async check() {
          const c = run(a, b);
          const [x, y, z] = [await a.data(), await b.data(), await c.data()];
          c.dispose();
          for (const i of [...samples(count, 2000), count - 1]) {
            const value = expected(Number(x[i]), Number(y[i]));
            expectNear(`element ${i}`, Number(z[i]), value, 2 ** -20 * Math.abs(value));
          }
        },
        dispose() {
          a.dispose();
          if (b !== a) b.dispose();
        },
      };
    },
  };
}

const on = "webgpu";

export const streams: readonly Subject[] = [
  stream(
    "copy",
    1,
    (a) => copy(a),
    (x) => x,
    { bar: 3.6 },
  ),
  stream(
    "relu",
    1,
    (a) => relu(a, { on }),
    (x) => Math.max(x, 0),
  ),
  stream("exp", 1, (a) => exp(a, { on }), Math.exp),
  stream("tanh", 1, (a) => tanh(a, { on }), Math.tanh),
  stream(
    "add",
    2,
    (a, b) => add(a, b, { on }),
    (x, y) => Math.fround(x + y),
  ),
  stream(
    "mul",
    2,
    (a, b) => mul(a, b, { on }),
    (x, y) => x * y,
  ),
];
