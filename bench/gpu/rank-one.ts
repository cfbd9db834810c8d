/** Recurrences whose steps are rank-one changes of the state, 8 heads, forward and backward. */
import type { Engine } from "../../src/engine/engine.js";
import { delta, deltaBackward, lowRank, lowRankBackward } from "../../src/ops/recurrence/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectNear, randomValues, type Subject, samples } from "./subject.js";

const heads = 8;
/** Steps that are computed again on the CPU: the first ones of o, the last ones of dv, which need no others. */
const checked = 256;
const tolerance = 2e-5;
/** Dispatches that fit one timed pass. */
const mostDispatches = 250;

type Inputs = Readonly<Record<"q" | "k" | "v" | "x" | "y" | "gate" | "dO", Tensor>>;
type On = { readonly on: "webgpu" | "wasm" };

/** Of x and y, the delta rule takes x as beta; the low-rank recurrence takes them as a and b. */
const deltaRule = {
  forward: ({ q, k, v, x, gate }: Inputs, on: On) => delta(q, k, v, x, { gate, ...on }),
  backward: ({ q, k, v, x, gate, dO }: Inputs, on: On) => deltaBackward(q, k, v, x, dO, { gate, ...on }),
};
const cores = {
  delta: { perChannel: false, ...deltaRule },
  "delta per channel": { perChannel: true, ...deltaRule },
  lowRank: {
    perChannel: true,
    forward: ({ q, k, v, x, y, gate }: Inputs, on: On) => lowRank(q, k, v, x, y, { gate, ...on }),
    backward: ({ q, k, v, x, y, gate, dO }: Inputs, on: On) => lowRankBackward(q, k, v, x, y, dO, { gate, ...on }),
  },
};

interface Case {
  readonly core: keyof typeof cores;
  readonly pass: "forward" | "backward";
  readonly steps: number;
  readonly d: number;
}

/** Unit rows times `factor`. */
function unitRows(count: number, d: number, seed: number, factor = 1): Float32Array<ArrayBuffer> {
  const values = randomValues(count * d, seed);
  for (let row = 0; row < values.length; row += d) {
    const own = values.subarray(row, row + d);
    const norm = Math.hypot(...own);
    for (let c = 0; c < d; c++) own[c]! *= factor / norm;
  }
  return values;
}

function inputsOf(engine: Engine, { core, steps, d }: Case): Inputs {
  const tensor = (values: Float32Array<ArrayBuffer>, ...channels: number[]) =>
    engine.tensor(values, { shape: [1, steps, heads, ...channels] });
  const rows = steps * heads;
  const gates = cores[core].perChannel ? [d] : [];
  const isDelta = core !== "lowRank";
  return {
    q: tensor(unitRows(rows, d, 5), d),
    k: tensor(unitRows(rows, d, 6), d),
    v: tensor(randomValues(rows * d, 7), d),
    x: isDelta ? tensor(randomValues(rows, 8).map((x) => x + 1)) : tensor(unitRows(rows, d, 8), d),
    // b = -a: a reflection's half, which takes the part along a out of the state.
    y: isDelta ? tensor(new Float32Array(rows)) : tensor(unitRows(rows, d, 8, -1), d),
    gate: tensor(
      randomValues(rows * (gates[0] ?? 1), 9).map((x) => -0.05 * (x + 1)),
      ...gates,
    ),
    dO: tensor(randomValues(rows * d, 10), d),
  };
}

function rankOneRecurrence(given: Case): Subject {
  const { core, pass, steps, d } = given;
  const { forward, backward } = cores[core];
  return {
    name: `${core} ${pass} H${heads} d${d} T${steps}`,
    unit: "Mtoken/s",
    amount: steps,
    async prepare(engine) {
      const inputs = inputsOf(engine, given);
      const run = (of: Inputs, on: On): Record<string, Tensor> =>
        pass === "forward" ? { ...forward(of, on) } : { ...backward(of, on) };
      const discard = (results: Record<string, Tensor>) => {
        for (const tensor of Object.values(results)) tensor.dispose();
      };
      return {
        // A call of several passes over long sequences takes all that fit.
        mostCalls: Math.max(1, Math.floor((mostDispatches / 60) * Math.min(1, 8192 / steps))),
        call: () => discard(run(inputs, { on: "webgpu" })),
        async check() {
          const count = Math.min(checked, steps);
          const first = pass === "forward" ? 0 : steps - count;
          const part = Object.fromEntries(
            Object.entries(inputs).map(([name, tensor]) => {
              const [, , ...rest] = tensor.shape;
              return [
                name,
                tensor
                  .reshape([steps, ...rest])
                  .rows(first, first + count)
                  .reshape([1, count, ...rest]),
              ];
            }),
          ) as unknown as Inputs;
          const name = pass === "forward" ? "o" : "dv";
          const [whole, own] = [run(inputs, { on: "webgpu" }), run(part, { on: "wasm" })];
          const [actual, expected] = await Promise.all([whole, own].map((results) => (results[name] as Tensor).data()));
          discard(whole);
          discard(own);
          for (const index of samples(expected!.length, 4096)) {
            const at = first * heads * d + index;
            expectNear(`${core} ${name}[${at}]`, Number(actual![at]), Number(expected![index]), tolerance);
          }
        },
        dispose() {
          for (const tensor of Object.values(inputs)) tensor.dispose();
        },
      };
    },
  };
}

const shapes = [
  { d: 64, steps: 1024 },
  { d: 64, steps: 8192 },
  { d: 64, steps: 65536 },
  { d: 128, steps: 1024 },
  { d: 128, steps: 8192 },
] as const;

export const rankOneRecurrences: readonly Subject[] = (Object.keys(cores) as (keyof typeof cores)[]).flatMap((core) =>
  shapes.flatMap((shape) =>
    (["forward", "backward"] as const).map((pass) => rankOneRecurrence({ core, pass, ...shape })),
  ),
);
