/** Rows of a table as text for other programs, and as one float64 array. */
import type { HostTensor } from "../../tensor/host-tensor.js";
import { entriesAt, numberAt, type PsiRow } from "./table.js";

export const psiCsvHeader = "genus,points,entries,value\n";

/** "g,n,d1 d2 ...,num/den" for each number; a logarithm in the place of the value for rows of logarithms. */
export function* psiCsv(row: PsiRow): Generator<string> {
  for (let i = 0; i < row.count; i++) yield `${row.g},${row.n},${entriesAt(row, i).join(" ")},${valueText(row, i)}\n`;
}

/** {"g":..,"d":[..],"value":"num/den"} for each number, or "log" with a number. */
export function* psiJsonLines(row: PsiRow): Generator<string> {
  for (let i = 0; i < row.count; i++) {
    const value = row.values === "exact" ? { value: valueText(row, i) } : { log: row.logs[i] };
    yield `${JSON.stringify({ g: row.g, d: entriesAt(row, i), ...value })}\n`;
  }
}

function valueText(row: PsiRow, i: number): string {
  if (row.values === "log") return String(row.logs[i]);
  const { num, den } = numberAt(row, i);
  return `${num}/${den}`;
}

/** f64 [numbers, 3 + points]: g, n, the logarithm, then d with -1 after its end. @param rows of logarithms */
export function psiArray(rows: readonly PsiRow[]): HostTensor {
  const points = Math.max(0, ...rows.map(({ n }) => n));
  const numbers = rows.reduce((sum, { count }) => sum + count, 0);
  const width = 3 + points;
  const bits = new Float64Array(numbers * width).fill(-1);
  let at = 0;
  for (const row of rows) {
    for (let i = 0; i < row.count; i++, at += width) {
      bits.set([row.g, row.n, row.logs[i] as number], at);
      bits.set(row.entries.subarray(i * row.n, (i + 1) * row.n), at + 3);
    }
  }
  return { shape: [numbers, width], dtype: "f64", bits };
}
