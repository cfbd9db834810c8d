/** Tables of intersection numbers on one thread, against a plain BigInt loop of the same recursion. */
import { createEngine } from "wavefold";
import { openPsi, psi, psiRows } from "wavefold/moduli-space";
import { BigIntTable } from "../lib/psi-bigint.mjs";

const seconds = (run) => {
  const started = performance.now();
  return Promise.resolve(run()).then((value) => ({ value, time: (performance.now() - started) / 1e3 }));
};

async function drain(engine, options) {
  let numbers = 0;
  for await (const row of psiRows(engine, options)) numbers += row.count;
  return numbers;
}

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const kernels = await openPsi(engine);
  const rows = [];
  for (const [values, bar] of [
    ["exact", 4.5],
    ["log", 13],
  ]) {
    const times = [];
    let numbers = 0;
    for (let round = 0; round < Math.max(3, rounds / 3); round++) {
      const ours = await seconds(() => drain(engine, { chiMax: 35, values }));
      numbers = ours.value;
      if (round < 2) times.push([ours.time, (await seconds(() => new BigIntTable(35).sums())).time]);
      else times.push([ours.time, times.at(-1)[1]]);
    }
    const best = (k) => Math.min(...times.map((pair) => pair[k]));
    rows.push({
      what: `chi <= 35, ${numbers} numbers, ${values}`,
      best: { wavefold: best(0), "BigInt loop": best(1) },
      ratio: best(1) / best(0),
      rate: (time) => `${time.toFixed(2)} s`,
      bar,
    });
  }
  const forty = await seconds(() => drain(engine, { chiMax: 40 }));
  rows.push({
    what: "chi <= 40, exact, 16.2 s allowed",
    best: { wavefold: forty.time },
    ratio: 16.2 / forty.time,
    rate: (t) => `${t.toFixed(2)} s`,
    bar: 1,
  });
  for (const [d, allowed] of [
    [[22, 23, 23, 23], 1.5],
    [[37, 38, 38, 38], 6],
  ]) {
    const one = await seconds(() => psi(d, { kernels }));
    rows.push({
      what: `<${d.join(" ")}>, ${allowed} s allowed`,
      best: { wavefold: one.time },
      ratio: allowed / one.time,
      rate: (t) => `${t.toFixed(3)} s`,
      bar: 1,
    });
  }
  engine.destroy();
  return rows;
}
