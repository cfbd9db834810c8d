import { expect, test } from "vitest";
import { type PsiRow, psiRows } from "../../../src/systems/moduli-space/table.js";
import { psiFileEnd, psiFileHeader, psiFileRecord, readPsiFile } from "../../../src/systems/moduli-space/table-file.js";
import { psiArray, psiCsv, psiJsonLines } from "../../../src/systems/moduli-space/table-text.js";
import { openFor, wasmBackends } from "../../support/engines.js";

const engine = openFor(wasmBackends[0]!);

async function rowsOf(values: "exact" | "log"): Promise<PsiRow[]> {
  const rows: PsiRow[] = [];
  for await (const row of psiRows(engine(), { chiMax: 6, values })) rows.push(row);
  return rows;
}

function fileOf(rows: readonly PsiRow[], values: "exact" | "log"): Uint8Array {
  return joined([psiFileHeader(6, values), ...rows.map(psiFileRecord), psiFileEnd(rows.length)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test.each(["exact", "log"] as const)("a file of %s numbers reads back as it was", async (values) => {
  const rows = await rowsOf(values);
  const bytes = fileOf(rows, values);
  const expected = { chiMax: 6, values, rows, complete: true, intactBytes: bytes.length };
  expect(readPsiFile(bytes)).toEqual(expected);
  // Not at the start of its memory, as a small file's Buffer is.
  expect(readPsiFile(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))).toEqual(expected);
});

test("a file that ends early keeps its whole rows", async () => {
  const rows = await rowsOf("exact");
  const bytes = fileOf(rows, "exact");
  const third = joined([psiFileHeader(6, "exact"), ...rows.slice(0, 3).map(psiFileRecord)]).length;
  for (const end of [third, third + 1, third + 15, third + 30]) {
    const file = readPsiFile(bytes.slice(0, end));
    expect([file.complete, file.rows.length, file.intactBytes]).toEqual([false, 3, third]);
  }
  const torn = bytes.slice(0, third);
  torn[third - 6]! ^= 1;
  expect(readPsiFile(torn).rows.length).toBe(2);
});

test("damage is a named error", async () => {
  const bytes = fileOf(await rowsOf("exact"), "exact");
  const damaged = (at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  expect(() => readPsiFile(damaged(2))).toThrow(/does not start with WFPSI/);
  expect(() => readPsiFile(damaged(9))).toThrow(/damaged header/);
  expect(() => readPsiFile(damaged(24 + 40))).toThrow(/the checksum of record \d+ at byte \d+ is wrong/);
  expect(() => readPsiFile(joined([bytes, bytes.slice(0, 1)]))).toThrow(/goes on after its end/);
  expect(() => readPsiFile(joined([psiFileHeader(6, "exact"), psiFileEnd(3)]))).toThrow(
    /has 0 rows, but its end says 3/,
  );
  expect(() => readPsiFile(new Uint8Array(0))).toThrow(/does not start with WFPSI/);
  expect(() => readPsiFile("WFPSI" as unknown as Uint8Array)).toThrow(/is not a Uint8Array/);
});

test("text and array forms", async () => {
  const exact = (await rowsOf("exact")).find(({ g, n }) => g === 2 && n === 2) as PsiRow;
  expect([...psiCsv(exact)]).toEqual(["2,2,3 2,29/5760\n", "2,2,4 1,1/384\n", "2,2,5 0,1/1152\n"]);
  expect([...psiJsonLines(exact)][0]).toBe('{"g":2,"d":[3,2],"value":"29/5760"}\n');
  const logs = (await rowsOf("log")).filter(({ g }) => g === 2);
  const array = psiArray(logs);
  expect(array.shape).toEqual([logs.reduce((sum, { count }) => sum + count, 0), 3 + 4]);
  expect(Array.from(array.bits.slice(0, 7) as Float64Array)).toEqual(
    [2, 1, Math.log(1 / 1152), 4, -1, -1, -1].map((x) => expect.closeTo(x, 12)),
  );
});
