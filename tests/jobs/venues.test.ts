/** The same search gives the same bytes in this thread, in threads, by shared folder and over a journal that was cut off. */
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/jobs/canonical.js";
import { mergeFiles, runUnitFile, splitToFiles } from "../../src/jobs/files/unit-files.js";
import { runSearch, runWorker } from "../../src/jobs/index.js";
import { openJournal } from "../../src/jobs/journal/journal.js";
import { kindTable } from "../../src/jobs/unit.js";
import { boxKind, brokenKind, kinds } from "../support/jobs/kinds.mjs";

const folder = mkdtempSync(join(tmpdir(), "wavefold-jobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let next = 0;
const path = () => join(folder, String(next++));

const search = { kind: "test-box", params: { a: [-20, 20], b: [-30, 30] } };
const script = { url: pathToFileURL("tests/support/jobs/unit-worker.mjs") };
const { signal } = new AbortController();

/** From the definition: every point of the box, no units. */
function expected(): string {
  const found = [];
  for (let a = -20; a <= 20; a++) {
    for (let b = -30; b <= 30; b++) {
      if (a === 0 || b === 0 || a * a + 4 * b < 0) continue;
      let [p, q] = [BigInt(a), 1n];
      for (let i = 0; i < 10; i++) [p, q] = [BigInt(a) * p + BigInt(b) * q, p];
      found.push([a, b, p]);
    }
  }
  return `${canonicalJson({ kind: "test-box", schema: 1, search: search.params, result: found })}\n`;
}

describe("the same bytes", () => {
  test.each([1, 8, 41, 1000])("in %i parts", async (parts) => {
    expect((await runSearch(kinds, search, { parts })).text).toBe(expected());
  });

  test("in threads", async () => {
    expect((await runSearch(kinds, search, { parts: 8, threads: 2, script })).text).toBe(expected());
  });

  test("by a shared folder with two workers, and a quorum of both", async () => {
    const directory = path();
    const drain = new AbortController();
    const searching = runSearch(kinds, search, { parts: 8, directory, quorum: 2 });
    const workers = ["left", "right"].map((name) => {
      return runWorker(kinds, { directory, name, state: path(), drain: drain.signal, lease: { pollMs: 5 } });
    });
    const { text, mismatches } = await searching;
    drain.abort();
    await Promise.all(workers);
    expect(text).toBe(expected());
    expect(mismatches).toEqual([]);
  });

  test("by unit files", async () => {
    const directory = path();
    const table = kindTable(kinds);
    const units = splitToFiles(table, search, 8, directory);
    expect(mergeFiles(table, directory).missing).toHaveLength(8);
    for (const unit of units) await runUnitFile(table, unit, unit.replace("unit-", "result-"), { signal });
    expect(mergeFiles(table, directory)).toEqual({ rejected: [], missing: [], text: expected() });
    const damaged = join(directory, "result-0003.json");
    writeFileSync(damaged, readFileSync(damaged, "utf8").replace('"result":[[', '"result":[[1,1,"1"],['));
    const { rejected, missing } = mergeFiles(table, directory);
    expect(rejected).toMatchObject([{ file: "result-0003.json", reason: expect.stringContaining("hash") }]);
    expect(missing).toHaveLength(1);
  });
});

describe("the journal", () => {
  /** A journal of a whole search, and where its records end. */
  async function finished() {
    const journal = path();
    await runSearch(kinds, search, { parts: 8, journal });
    const bytes = readFileSync(journal);
    const ends = [...bytes.keys()].filter((i) => bytes[i] === 10).map((i) => i + 1);
    return { journal, ends };
  }

  test("goes on from every cut, and computes only what is missing", async () => {
    const { journal, ends } = await finished();
    expect(ends).toHaveLength(9);
    for (const [done, end] of ends.entries()) {
      for (const torn of [0, 1, 20, 40]) {
        if (done === 8 && torn > 0) continue;
        const copy = path();
        copyFileSync(journal, copy);
        truncateSync(copy, end + torn);
        let runs = 0;
        const counted = { ...boxKind, run: (...args: [never, never]) => [boxKind.run(...args), runs++][0] };
        const notices: string[] = [];
        const { text } = await runSearch([counted], search, { journal: copy, onNotice: (n) => notices.push(n) });
        expect(text).toBe(expected());
        expect(runs).toBe(8 - done);
        expect(notices.some((notice) => notice.includes("cut"))).toBe(torn > 0);
      }
    }
  });

  test("is refused when it is damaged before its end, and left as it is", async () => {
    const { journal, ends } = await finished();
    const bytes = readFileSync(journal);
    bytes[(ends[3] as number) - 5]! ^= 1;
    writeFileSync(journal, bytes);
    await expect(runSearch(kinds, search, { journal })).rejects.toThrow(/is damaged at byte/);
    expect(readFileSync(journal).equals(bytes)).toBe(true);
  });

  test("is refused for another search, or what is no journal", async () => {
    const { journal } = await finished();
    const other = { kind: "test-box", params: { a: [0, 1], b: [0, 1] } };
    await expect(runSearch(kinds, other, { journal })).rejects.toThrow("another search");
    const text = path();
    writeFileSync(text, "not a journal\n");
    await expect(runSearch(kinds, search, { journal: text })).rejects.toThrow("is not a journal");
  });

  test("takes one coordinator, and is taken over from a dead one", async () => {
    const { journal } = await finished();
    const log = openJournal(journal);
    await expect(runSearch(kinds, search, { journal })).rejects.toThrow("another coordinator");
    log.close();
    appendFileSync(`${journal}.lock`, `${JSON.stringify({ host: "elsewhere", pid: 1, token: "x" })}\n`);
    await expect(runSearch(kinds, search, { journal })).rejects.toThrow("on elsewhere");
    rmSync(`${journal}.lock`);
    writeFileSync(`${journal}.lock`, "torn");
    expect((await runSearch(kinds, search, { journal })).text).toBe(expected());
  });
});

describe("bad input", () => {
  test("units that throw fail for good after retries, named", async () => {
    const broken = { kind: "test-broken", params: { count: 4 } };
    const notices: string[] = [];
    const options = { retries: 2, backOffMs: 1, onNotice: (notice: string) => notices.push(notice) };
    await expect(runSearch([brokenKind], broken, options)).rejects.toThrow(/2 units failed for good[\s\S]*cannot do/);
    expect(notices).toHaveLength(6);
  });

  test.each([
    [{ kind: "nonsense", params: {} }, {}, "no kind"],
    [{ kind: "test-box", params: { a: [1, 0], b: [0, 1] } }, {}, "is empty"],
    [{ kind: "test-box", params: { a: [0, 1], b: ["x", 1] } }, {}, "b is not an interval"],
    [{ kind: "test-box", params: { a: [0, 2 ** 40], b: [0, 1] } }, { parts: 1 }, "over the limit of 100 s"],
    [search, { threads: 0, script }, "threads"],
    [search, { threads: 1 }, "script"],
    [search, { directory: "a", threads: 1, script }, "more than one"],
    [search, { queue: { url: "http://x" } }, "expected redis://"],
    [
      search,
      { queue: { url: "redis://:secret@127.0.0.1:1", attempts: 1 } },
      "redis://127.0.0.1:1/0: the queue is down",
    ],
  ])("%j with %j", async (bad, options, message) => {
    await expect(runSearch(kinds, bad, options)).rejects.toThrow(message);
  });
});
