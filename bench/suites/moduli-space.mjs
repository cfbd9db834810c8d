/** Tables of intersection numbers and single numbers on one thread, against a plain BigInt loop of the same recursion. */
import { createEngine } from "wavefold";
import { openPsi, psi, psiRows } from "wavefold/moduli-space";
import { compare } from "../lib/compare.mjs";
import { BigIntTable } from "../lib/psi-bigint.mjs";
import { within } from "../lib/within.mjs";

export const alone = true;

const chiMax = 35;
/** Times the speed of the loop. */
const bars = { exact: 4.5, logarithms: 13 };
/** Single numbers, and a larger table, with the seconds that they may take: there is no rival that ends. */
const numbers = [
  [[22, 23, 23, 23], 1.5],
  [[37, 38, 38, 38], 6],
];
const larger = [40, 16.2];

/** Makes every row and lets it go; the sums of the numbers per genus, modulo 1,000,000,007. */
async function walk(engine, options) {
  const sums = [];
  for await (const { g, wordSums } of psiRows(engine, options)) {
    const sum = wordSums.reduce((total, word, i) => total + (word << BigInt(32 * i)), 0n);
    sums[g] = ((sums[g] ?? 0n) + sum) % 1_000_000_007n;
  }
  return sums;
}

async function tables(engine, rounds) {
  if (String(await walk(engine, { chiMax: 16 })) !== String(new BigIntTable(16).sums()))
    throw new Error("the loop differs");
  const loop = async () => new BigIntTable(chiMax).sums();
  const rows = [];
  for (const [what, bar] of Object.entries(bars)) {
    const values = what === "exact" ? "exact" : "log";
    const contestants = { wavefold: () => walk(engine, { chiMax, values }), "BigInt loop": loop };
    const { best, ratio } = await compare(contestants, { rounds: Math.min(rounds, 3), samples: 1 });
    rows.push({ what: `2,678,349 numbers, chi <= ${chiMax}, ${what}`, best, ratio, rate: seconds, bar });
  }
  return rows;
}

const seconds = (time) => `${time.toFixed(3)} s`;

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const kernels = await openPsi(engine);
  const rows = await tables(engine, rounds);
  const [chi, allowed] = larger;
  rows.push(await within(`chi <= ${chi}, exact`, () => walk(engine, { chiMax: chi }), allowed, Math.min(rounds, 3)));
  for (const [d, most] of numbers) {
    rows.push(await within(`<${d.join(" ")}>`, async () => psi(d, { kernels }), most, Math.min(rounds, 3)));
  }
  engine.destroy();
  return rows;
}
