import { describe, expect, test } from "vitest";
import { add, formatRational, rational } from "../../../src/exact/rational.js";
import { createEngine } from "../../../src/index.js";
import { amplitudeFactor, factorial } from "../../../src/systems/moduli-space/amplitude.js";
import { GenusTables, logOf } from "../../../src/systems/moduli-space/genus-tables.js";
import { moduliSpaceGroup } from "../../../src/systems/moduli-space/group.js";
import { IntegerRecursion } from "../../../src/systems/moduli-space/recursion.js";
import {
  entriesAt,
  numberAt,
  type PsiRow,
  type PsiTableOptions,
  psiRows,
  psiTable,
  psiTableSize,
  scaledAt,
} from "../../../src/systems/moduli-space/table.js";
import { openFor, wasmBackends } from "../../support/engines.js";

const modulus = 1_000_000_007n;

async function sums(rows: AsyncIterable<PsiRow>): Promise<{ checksums: string; perGenus: number[] }> {
  const totals: bigint[] = [];
  const perGenus: number[] = [];
  for await (const { g, count, wordSums } of rows) {
    const sum = wordSums.reduce((total, word, i) => total + (word << BigInt(32 * i)), 0n);
    totals[g] = ((totals[g] ?? 0n) + sum) % modulus;
    perGenus[g] = (perGenus[g] ?? 0) + count;
  }
  return { checksums: totals.join(" "), perGenus };
}

describe.each(wasmBackends)("tables on $name", (backend) => {
  const engine = openFor(backend);

  test.each([
    [8, "85700563 402998198 162351716 451394321 369086676"],
    [12, "390775936 829091116 496455916 995996106 968592044 555251174 413045887"],
    [20, "728247925 980230085 49149094 558015416 14825604 245596035 218332740 237612513 895291467 224995473 573484085"],
  ])("checksums of the numbers up to chi %i, sheet C", async (chiMax, expected) => {
    expect((await sums(psiRows(engine(), { chiMax }))).checksums).toBe(expected);
  });

  test("every number up to chi 11 equals the recursion over BigInt, and its logarithm", async () => {
    const recursion = new IntegerRecursion();
    const before = engine().memory().wasm.usedBytes;
    const exact = await psiTable(engine(), { chiMax: 11 });
    const logs = await psiTable(engine(), { chiMax: 11, values: "log" });
    let worst = 0;
    for (const [r, row] of exact.rows.entries()) {
      for (let i = 0; i < row.count; i++) {
        const d = entriesAt(row, i);
        expect(scaledAt(row, i)).toBe(recursion.scaled(row.g, d));
        const { num, den } = numberAt(row, i);
        worst = Math.max(worst, Math.abs((logs.rows[r]?.logs[i] as number) - (logOf(num) - logOf(den))));
      }
    }
    expect(worst).toBeLessThan(2e-14);
    expect(engine().memory().wasm.usedBytes).toBe(before);
  });
});

describe("tables", () => {
  const engine = openFor(wasmBackends[0]!);

  test.each([
    [8, 225, "4072142524847/278691840"],
    [12, 1481, "81592677173894353933997/688658684313600"],
  ])("the sum of all numbers up to chi %i, sheet C", async (chiMax, count, expected) => {
    let [sum, numbers] = [rational(0n), 0];
    for await (const row of psiRows(engine(), { chiMax })) {
      for (let i = 0; i < row.count; i++) sum = add(sum, numberAt(row, i));
      numbers += row.count;
    }
    expect(numbers).toBe(count);
    expect(formatRational(sum)).toBe(expected);
  });

  test("counts of numbers, sheet B3 and C", async () => {
    const numbers = [20, 31, 35, 40, 45, 50, 60].map((chiMax) => psiTableSize({ chiMax }).numbers);
    expect(numbers).toEqual([31_703, 916_836, 2_678_349, 9_422_139, 30_721_278, 93_988_384, 752_812_421]);
  });

  test("chi <= 35: numbers per genus of sheet C, and logarithms off by at most 2e-13", async () => {
    const exact: PsiRow[] = [];
    const perGenus: number[] = [];
    for await (const row of psiRows(engine(), { chiMax: 35 })) {
      perGenus[row.g] = (perGenus[row.g] ?? 0) + row.count;
      if (row.n % 7 === 3) exact.push(row);
    }
    expect(perGenus).toEqual([
      66273, 81155, 98994, 120159, 144805, 172704, 202876, 233264, 260192, 278278, 280612, 260612, 215129, 149499,
      80025, 28405, 5096, 270, 1,
    ]);
    let [worst, at] = [0, 0];
    for await (const row of psiRows(engine(), { chiMax: 35, values: "log", skip: (_, n) => n % 7 !== 3 })) {
      const other = exact[at++] as PsiRow;
      for (let i = 0; i < row.count; i += 97) {
        const { num, den } = numberAt(other, i);
        worst = Math.max(worst, Math.abs((row.logs[i] as number) - (logOf(num) - logOf(den))));
      }
    }
    expect(worst).toBeLessThan(2e-13);
  }, 60_000);

  test("a number that needs more words than there are is an error, never a wrong number", async () => {
    await engine().wasm.load(moduliSpaceGroup);
    const tables = new GenusTables(engine(), 12, 1);
    try {
      expect(() => tables.fill(0)).toThrow(/needs more than 1 words of 32 bits/);
    } finally {
      tables.destroy();
    }
  });

  test("words hold the largest number of a chi, all of the dimension in one entry", () => {
    for (const chiMax of [1, 2, 3, 8, 20, 35, 40, 59, 60]) {
      const g = Math.floor((chiMax + 1) / 2);
      const n = chiMax + 2 - 2 * g;
      const d = [3 * g - 3 + n, ...new Array<number>(n - 1).fill(0)];
      const bits = new IntegerRecursion().scaled(g > 6 ? 1 : g, g > 6 ? [1] : d).toString(2).length;
      const onePoint = (amplitudeFactor(d) << BigInt(4 * g - 1)) / (24n ** BigInt(g) * factorial(g));
      if (g <= 6) expect(onePoint.toString(2).length).toBe(bits);
      expect(32 * psiTableSize({ chiMax }).words).toBeGreaterThan(onePoint.toString(2).length);
    }
  });

  test("finds a number by its entries", async () => {
    const table = await psiTable(engine(), { chiMax: 9 });
    expect(table.get([2, 1, 3, 1])).toEqual({ num: 29n, den: 288n });
    expect(table.get([28])).toBeUndefined();
    expect(table.get([5])).toBeUndefined();
    for (const row of table.rows)
      expect(table.find(entriesAt(row, row.count - 1))).toEqual({ row, index: row.count - 1 });
  });

  test("skips rows, reports progress and stops when told", async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const made: string[] = [];
    const options: PsiTableOptions = {
      chiMax: 8,
      skip: (g) => g === 1,
      signal: stop.signal,
      onProgress: (done, all) => void seen.push(done / all),
    };
    for await (const { g, n } of psiRows(engine(), options)) made.push(`${g},${n}`);
    expect(made.some((row) => row.startsWith("1,"))).toBe(false);
    expect(seen.at(-1)).toBe(1);
    stop.abort();
    await expect(psiTable(engine(), options)).rejects.toThrow(/abort/i);
    expect(engine().memory().wasm.usedBytes).toBe(0);
  });

  test.each([
    [{ chiMax: 0 }, /argument chiMax is 0/],
    [{ chiMax: 2.5 }, /argument chiMax is 2.5/],
    [{ chiMax: Number.NaN }, /argument chiMax is NaN/],
    [{ chiMax: 61 }, /beyond the limit of 60/],
    [{ chiMax: 5, values: "hex" as "log" }, /argument values is hex/],
  ])("bad options %o", async (options, message) => {
    await expect(psiTable(engine(), options)).rejects.toThrow(message);
    expect(() => psiTableSize(options)).toThrow(message);
  });

  test("a number outside the row, and an exact one of logarithms, are named errors", async () => {
    const table = await psiTable(engine(), { chiMax: 4, values: "log" });
    const row = table.rows[0] as PsiRow;
    expect(() => entriesAt(row, row.count)).toThrow(/argument i is 1; the row has 1 numbers/);
    expect(() => numberAt(row, 0)).toThrow(/argument row holds logarithms/);
  });

  test("a table beyond the engine's memory is an error before anything is computed", async () => {
    const small = await createEngine({ threads: 1, webgpu: false, maxWasmBytes: 4 << 20 });
    try {
      await expect(psiTable(small, { chiMax: 40 })).rejects.toThrow(/cannot allocate \d+ bytes/);
      expect((await psiTable(small, { chiMax: 8 })).size).toBe(225);
    } finally {
      small.destroy();
    }
  });
});
