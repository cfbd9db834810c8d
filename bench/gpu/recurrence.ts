/**
 * Linear recurrences with gates, 8 heads, forward and backward. bench/gpu/recurrence_reference.py times the same shapes of
 * scalarGate in Triton.
 */
import type { Engine } from "../../src/engine/engine.js";
import { scalarGate, scalarGateBackward } from "../../src/ops/recurrence/scalar-gate.js";
import { vectorGate, vectorGateBackward } from "../../src/ops/recurrence/vector-gate.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectNear, randomValues, type Subject, samples } from "./subject.js";

const heads = 8;
/** Decays of e^-0.05 on average: after so many steps nothing is left in f32. */
const memory = 1000;
const tolerance = 2e-5;
const options = { on: "webgpu" } as const;
/** Dispatches that fit one timed pass. */
const mostDispatches = 250;

const cores = {
  scalarGate: { forward: scalarGate, backward: scalarGateBackward, perChannel: false },
  vectorGate: { forward: vectorGate, backward: vectorGateBackward, perChannel: true },
};

interface Case {
  readonly core: keyof typeof cores;
  readonly pass: "forward" | "backward";
  readonly steps: number;
  readonly d: number;
}

function inputsOf(engine: Engine, { core, steps, d }: Case): Record<"q" | "k" | "v" | "dO" | "gate", Tensor> {
  const make = (seed: number) => engine.tensor(randomValues(steps * heads * d, seed), { shape: [1, steps, heads, d] });
  const channels = cores[core].perChannel ? [d] : [];
  const shape = [1, steps, heads, ...channels];
  const gates = randomValues(steps * heads * (channels[0] ?? 1), 9).map((x) => -0.05 * (x + 1));
  return { q: make(5), k: make(6), v: make(7), dO: make(8), gate: engine.tensor(gates, { shape }) };
}

/** Dispatches of a call: of the segments of at most 64 MiB of states that it falls into, each a little shorter than that. */
function dispatchesOf({ pass, steps, d }: Case): number {
  const segments = Math.ceil((1.1 * (steps / 64) * heads * d * d * 4) / 2 ** 26);
  return (pass === "forward" ? 4 : 13) * segments;
}

function gatedRecurrence(given: Case): Subject {
  const { core, pass, steps, d } = given;
  const { forward, backward, perChannel } = cores[core];
  return {
    name: `${core} ${pass} H${heads} d${d} T${steps}`,
    unit: "Mtoken/s",
    amount: steps,
    async prepare(engine) {
      const inputs = inputsOf(engine, given);
      const { q, k, v, dO, gate } = inputs;
      const run = (): Record<string, Tensor> =>
        pass === "forward"
          ? { ...forward(q, k, v, { gate, ...options }) }
          : { ...backward(q, k, v, dO, { gate, ...options }) };
      const discard = (results: ReturnType<typeof run>) => {
        for (const tensor of Object.values(results)) tensor.dispose();
      };
      return {
        mostCalls: Math.max(1, Math.floor(mostDispatches / dispatchesOf(given))),
        call: () => discard(run()),
        async check() {
          const results = run();
          const made = pass === "forward" ? (results.o as Tensor) : (results.dv as Tensor);
          const names = ["q", "k", "v", "dO", "gate"] as const;
          const [qs, ks, vs, dOs, gates] = await Promise.all(names.map((name) => inputs[name].data()));
          const actual = await made.data();
          discard(results);
          const at = (values: ArrayLike<number | bigint>, time: number, head: number, c: number) =>
            Number(values[(time * heads + head) * d + c]);
          const decay = (time: number, head: number, c: number) =>
            Number(perChannel ? gates![(time * heads + head) * d + c] : gates![time * heads + head]);
          for (const index of samples(steps * heads, 12)) {
            const [time, head] = [Math.floor(index / heads), index % heads];
            // The sum over the rows before (o) or behind (dv) of products of q and k with what is left between the two.
            const sums = new Float64Array(d);
            const logs = new Float64Array(d);
            const [step, end] =
              pass === "forward" ? [-1, Math.max(-1, time - memory)] : [1, Math.min(steps, time + memory)];
            for (let other = time; other !== end; other += step) {
              let score = 0;
              for (let c = 0; c < d; c++) {
                if (pass === "backward" && other > time) logs[c]! += decay(other, head, c);
                const [of, against] = pass === "forward" ? [time, other] : [other, time];
                score += at(qs!, of, head, c) * at(ks!, against, head, c) * Math.exp(logs[c]!);
                if (pass === "forward") logs[c]! += decay(other, head, c);
              }
              for (let c = 0; c < d; c++) sums[c]! += score * at(pass === "forward" ? vs! : dOs!, other, head, c);
            }
            for (let c = 0; c < d; c++) {
              expectNear(
                `${core} ${pass} [${time}, ${head}, ${c}]`,
                at(actual, time, head, c),
                sums[c]! / Math.sqrt(d),
                tolerance,
              );
            }
          }
        },
        dispose() {
          for (const tensor of Object.values(inputs)) tensor.dispose();
        },
      };
    },
  };
}

export const recurrences: readonly Subject[] = (["scalarGate", "vectorGate"] as const).flatMap((core) =>
  [64, 128].flatMap((d) =>
    [1024, 8192, 65536].flatMap((steps) =>
      (["forward", "backward"] as const).map((pass) => gatedRecurrence({ core, pass, steps, d })),
    ),
  ),
);
