/** The classifier of continued fractions: degree 2, coefficients to 15, in slabs, each with its list of survivors on the host. */
import { type Box, cube } from "../../src/systems/matrix-fields/box.js";
import { nilpotencyMask, survivorsOf } from "../../src/systems/matrix-fields/nilpotency.js";
import type { Subject } from "./subject.js";

const box: Box = cube(2, 2, 15);
/** b of a slab, of 31^3. */
const count = 4096;
const polynomials = 31 ** 3;

export const fractionSearches: readonly Subject[] = [
  {
    name: `fractions of degree 2, coefficients to 15, ${count} of ${polynomials} b`,
    unit: "G/s",
    amount: count * polynomials,
    bar: 1,
    async prepare(engine) {
      const run = (on: "wasm" | "webgpu", first: number, rows: number) =>
        nilpotencyMask(engine, box, { on, first, count: rows });
      return {
        call: () => run("webgpu", 12288, count).dispose(),
        async check() {
          const started = performance.now();
          let survivors = 0;
          for (let first = 0; first < polynomials; first += count) {
            const mask = run("webgpu", first, Math.min(count, polynomials - first));
            survivors += survivorsOf((await mask.data()) as Uint32Array, mask.shape[1] as number, first).length;
            mask.dispose();
          }
          const seconds = (performance.now() - started) / 1e3;
          const rate = polynomials ** 2 / seconds / 1e9;
          console.log(`the whole box with its list on the host: ${survivors} survivors, ${rate.toFixed(2)} G/s`);
          const [gpu, cpu] = [run("webgpu", 14000, 64), run("wasm", 14000, 64)];
          const [found, expected] = [await gpu.data(), await cpu.data()];
          gpu.dispose();
          cpu.dispose();
          if (found.some((word, i) => word !== expected[i])) throw new Error("the GPU's bits are not the CPU's");
        },
        dispose() {},
      };
    },
  },
];
