/** Berlekamp-Massey over many sequences and ESMA over a box of left sides, on one thread, beside the seconds that they may take. */
import { createEngine } from "wavefold";
import { e } from "wavefold/exact";
import { berlekampMasseyBatch, conjecture, leftSides, openRecurrenceSearch } from "wavefold/recurrence-search";
import { within } from "../lib/within.mjs";

export const alone = true;

const [count, length] = [20_000, 105];
/** Sequences a second: with those of complexity above a quarter of the terms given up, and with none. */
const batches = [
  [26, 100_000],
  [length, 25_000],
];
/** One left side of so many of the 18,648 of coefficients up to 8; pairs of a left side and a sign word a second. */
const [share, pairsPerSecond] = [16, 20_000];

/** Residues without structure: sequences that obey nothing. */
function residues() {
  let x = 1;
  return Uint32Array.from({ length: count * length }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x % 2147483647;
  });
}

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const kernels = await openRecurrenceSearch(engine);
  const sequences = residues();
  const rows = [];
  for (const [limit, rate] of batches) {
    const what = `${count} random sequences of ${length}, given up above ${limit}`;
    rows.push(
      await within(what, async () => berlekampMasseyBatch(sequences, length, { limit, kernels }), count / rate, rounds),
    );
  }
  const sides = leftSides(1, 8).filter((_, i) => i % share === 0);
  const { pairs } = conjecture(e, { sides, kernels, digits: 1 });
  const search = async () => conjecture(e, { sides, kernels, digits: 1 });
  rows.push(
    await within(
      `ESMA of e, ${pairs} pairs of K = 8, without approval`,
      search,
      pairs / pairsPerSecond,
      Math.min(rounds, 3),
    ),
  );
  engine.destroy();
  return rows;
}
