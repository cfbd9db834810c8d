/** Intersection numbers on the tour: exact numbers by several routes, a whole table, and how they grow with the genus. */
import { formatRational, toNumber } from "../../exact/rational.js";
import { psiNumber } from "../../oracles/psi.js";
import type { TourCheck, TourContext, TourResult, TourStop } from "../tour-stop.js";
import { psiAsymptotics } from "./asymptotics.js";
import { checkAllPsi } from "./checks.js";
import { openPsi } from "./group.js";
import { psi } from "./psi.js";
import { entriesAt, type PsiRow, psiTable } from "./table.js";

export const stop: TourStop = {
  name: "moduli-space",
  title: "Counting on the moduli space of curves",
  about:
    "The integrals of products of psi classes over the moduli space of curves are rational numbers that a recursion determines " +
    "(Witten 1991, Kontsevich 1992). One recursion step is a sum of products of integers: a table of all of them up to a size, " +
    "single numbers of high genus by traces of matrices modulo primes, and the series that they follow as the genus grows.",
  run,
};

/** Numbers that are shown by value, with genus from 2 to 30. */
const shown = [
  [3, 2, 1, 1],
  [6, 6, 6, 5, 5, 5],
  [20, 20, 20],
  [22, 23, 23, 23],
];

const series = [10, 10, 10];
const chiMax = 20;

async function run({ engine, signal, progress }: TourContext): Promise<TourResult> {
  const kernels = await openPsi(engine);
  const rows: (string | number)[][] = [];
  for (const [i, d] of shown.entries()) {
    signal.throwIfAborted();
    progress((0.4 * i) / shown.length, `<${d.join(" ")}>`);
    const started = performance.now();
    const value = psi(d, { kernels });
    rows.push([`<${d.join(" ")}>`, genus(d), formatRational(value), Number((performance.now() - started).toFixed(1))]);
  }
  progress(0.5, `all numbers up to chi ${chiMax}`);
  const started = performance.now();
  const table = await psiTable(engine, { chiMax, signal });
  const seconds = (performance.now() - started) / 1e3;
  const checks = [againstOracle(table.rows), await equations(table), routes()];
  const asymptotic = psiAsymptotics(series);
  progress(0.9, "a row of logarithms");
  const logs = await psiTable(engine, { chiMax, values: "log", signal });
  const orders = [0, 1, 2, 3];
  return {
    summary: `${table.size} exact numbers in ${seconds.toFixed(2)} s; <22 23 23 23> in genus 30 in ${rows[3]?.[3]} ms`,
    checks,
    tables: [
      { title: "Single numbers", columns: ["number", "genus", "value", "ms"], rows },
      {
        title: `<${series.join(" ")}> in genus ${asymptotic.genus}: what the large-genus series leaves`,
        columns: ["terms", "error in 1/g", "error in factorials"],
        rows: orders.map((k) => [
          k,
          (asymptotic.inverseGenus.errors[k] as number).toExponential(2),
          (asymptotic.factorial.errors[k] as number).toExponential(2),
        ]),
      },
    ],
    plots: [
      {
        kind: "line",
        title: "Every number of four points, by its size within its genus",
        caption: "From (D, 0, 0, 0), the smallest, to the most even entries, the largest; one line a genus.",
        x: { label: "rank in its row" },
        y: { label: "log10" },
        series: [3, 5, 7, 9].map((g) => ({ name: `genus ${g}`, points: sortedLogs(logs.row(g, 4) as PsiRow) })),
      },
    ],
  };
}

function genus(d: readonly number[]): number {
  return (d.reduce((sum, entry) => sum + entry, 0) - d.length) / 3 + 1;
}

/** At most some hundred points of a row, between 0 and 1. */
function sortedLogs(row: PsiRow): [number, number][] {
  const sorted = [...row.logs].sort((a, b) => a - b);
  const step = Math.max(1, Math.floor(sorted.length / 100));
  return sorted.flatMap((log, i): [number, number][] => (i % step === 0 ? [[i / sorted.length, log / Math.LN10]] : []));
}

/** A number of every short row against the constraints in plain rationals. */
function againstOracle(rows: readonly PsiRow[]): TourCheck {
  let wrong = 0;
  for (const row of rows.filter(({ g, n }) => 2 * g - 2 + n <= 9)) {
    const d = entriesAt(row, row.count >> 1);
    const value = psi(d);
    const oracle = psiNumber(row.g, d);
    if (value.num !== oracle.num || value.den !== oracle.den) wrong++;
  }
  return { name: "numbers that differ from the oracle", ok: wrong === 0, error: wrong, bound: 0 };
}

async function equations(table: Awaited<ReturnType<typeof psiTable>>): Promise<TourCheck> {
  const numbers = table.rows
    .filter(({ g, n }) => 2 * g - 2 + n <= 8)
    .flatMap((row) => Array.from({ length: row.count }, (_, i) => entriesAt(row, i)));
  const faults = [...checkAllPsi((_, d) => table.get(d), numbers)].length;
  return { name: "string, dilaton, KdV and Virasoro equations that fail", ok: faults === 0, error: faults, bound: 0 };
}

/** Recursion and resolvent, which share nothing but the answer. */
function routes(): TourCheck {
  const d = [7, 7, 6, 5];
  const [x, y] = [psi(d, { method: "recursion" }), psi(d, { method: "resolvent" })];
  const error = Math.abs(toNumber(x) / toNumber(y) - 1);
  return { name: "recursion against resolvent", ok: x.num === y.num && x.den === y.den, error, bound: 0 };
}
