import { beforeAll, expect, test } from "vitest";
import { add, rational } from "../../../src/exact/rational.js";
import { checkAllPsi, checkPsi, type PsiEquation, psiEquations } from "../../../src/systems/moduli-space/checks.js";
import { entriesAt, type PsiTable, psiTable } from "../../../src/systems/moduli-space/table.js";
import { openFor, wasmBackends } from "../../support/engines.js";

const engine = openFor(wasmBackends[0]!);
let table: PsiTable;
let numbers: number[][];

beforeAll(async () => {
  table = await psiTable(engine(), { chiMax: 8 });
  numbers = table.rows.flatMap((row) => Array.from({ length: row.count }, (_, i) => entriesAt(row, i)));
});

test("every equation holds for every number up to chi 8", () => {
  expect([...checkAllPsi((_, d) => table.get(d), numbers)]).toEqual([]);
});

test.each([
  ["string", [4, 2, 0]],
  ["dilaton", [4, 1]],
  ["kdv", [5, 1, 0]],
  ["virasoro", [3, 2]],
] as [PsiEquation, number[]][])("the %s equation finds a planted fault in <%s>", (equation, fault) => {
  const source = (_: number, d: readonly number[]) => {
    const value = table.get(d);
    return value && d.join() === fault.join() ? add(value, rational(1n, 10n ** 12n)) : value;
  };
  const found = [...checkAllPsi(source, numbers, [equation])];
  expect(found.some(({ d }) => d.join() === fault.join())).toBe(true);
  expect(found[0]?.equation).toBe(equation);
});

test("what does not apply, or lacks a number, is no fault", () => {
  expect(checkPsi((_, d) => table.get(d), "string", [3, 2])).toBeUndefined();
  expect(checkPsi(() => undefined, "virasoro", [3, 2])).toBeUndefined();
  for (const equation of psiEquations) expect(checkPsi((_, d) => table.get(d), equation, [1])).toBeUndefined();
  expect(() => checkPsi((_, d) => table.get(d), "string", [5])).toThrow(/argument d is \[5\], which has no genus/);
});
