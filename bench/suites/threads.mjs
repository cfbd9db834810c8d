/** Two threads against one, beside what a spin loop gains from a second thread in the same rounds. Node only. */
import { Worker } from "node:worker_threads";
import { createEngine, matmul } from "wavefold";
import { compare, median } from "../lib/compare.mjs";
import { noise, ours } from "../lib/inputs.mjs";

/** No peers. */
export const alone = true;

const size = 1024;

/** Half of the loop in a second thread: it waits on the flag, spins, and sets it back. */
const spinSource = `
  const { workerData } = require("node:worker_threads");
  const spin = ${spin.toString()};
  for (;;) {
    Atomics.wait(workerData, 0, 0);
    spin(Atomics.load(workerData, 0));
    Atomics.store(workerData, 0, 0);
  }`;

function spin(turns) {
  let x = 1;
  for (let i = 0; i < turns; i++) x = Math.imul(x, 48271) ^ i;
  return x;
}

function spinner() {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(spinSource, { eval: true, workerData: flag });
  const turns = 4e7;
  return {
    alone: ours(() => spin(turns)),
    shared: ours(() => {
      Atomics.store(flag, 0, turns / 2);
      Atomics.notify(flag, 0);
      spin(turns / 2);
      while (Atomics.load(flag, 0) !== 0);
    }),
    end: () => worker.terminate(),
  };
}

export async function run({ rounds }) {
  const engines = await Promise.all([2, 1].map((threads) => createEngine({ threads, webgpu: false })));
  await Promise.all(engines.map((engine) => engine.warmup([matmul])));
  const [two, one] = engines.map((engine) => {
    const [a, b, out] = [1, 2, 3].map((seed) => engine.tensor(noise(size * size, seed), { shape: [size, size] }));
    return ours(() => matmul(a, b, { out }));
  });
  const { alone, shared, end } = spinner();
  const contestants = { wavefold: two, "one thread": one, "spin on two": shared, "spin on one": alone };
  const { best, times } = await compare(contestants, { rounds, samples: 3, threaded: true });
  await end();
  for (const engine of engines) engine.destroy();
  const gains = times.wavefold.map(
    (time, r) => times["one thread"][r] / time / (times["spin on one"][r] / times["spin on two"][r]),
  );
  const rate = (seconds) => `${(seconds * 1e3).toFixed(1)} ms`;
  return [
    {
      what: `two threads, matmul ${size}^3: gain over a spin loop's`,
      best,
      ratio: { "spin loop": median(gains) },
      rate,
      bar: 0.9,
    },
  ];
}
