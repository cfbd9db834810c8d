/** Searches over a real Redis: what it forgets, what it refuses, and processes that are killed with -9. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { runSearch, runWorker } from "../../src/jobs/index.js";
import { chaos } from "../support/jobs/chaos.mjs";
import { kinds } from "../support/jobs/kinds.mjs";
import { noRedis, startRedis } from "../support/jobs/redis.mjs";

const folder = mkdtempSync(join(tmpdir(), "wavefold-queue-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let next = 0;
const path = () => join(folder, String(next++));

const search = { kind: "test-box", params: { a: [-20, 20], b: [-30, 30] } };
const expected = async () => (await runSearch(kinds, search, { parts: 1 })).text;
const fast = { pollMs: 5, offerMs: 50, lockDuration: 500 };

beforeEach(({ skip }) => skip(noRedis !== undefined, noRedis));

test("a Redis that was emptied before any worker came is filled again", async () => {
  const redis = await startRedis();
  const queue = { url: redis.url, ...fast };
  const drain = new AbortController();
  const searching = runSearch(kinds, search, { parts: 8, queue });
  // Until the units are there; then they are gone.
  while (!(await redis.command("EXISTS bull:wavefold-units:wait")).startsWith(":1")) await redis.command("PING");
  await redis.command("FLUSHALL");
  const working = runWorker(kinds, { queue, name: "one", state: path(), drain: drain.signal });
  expect((await searching).text).toBe(await expected());
  drain.abort();
  await working;
  await redis.kill();
});

test("a result that Redis lost comes from the worker's disk, not from computing again", async () => {
  const redis = await startRedis();
  const queue = { url: redis.url, ...fast };
  const state = path();
  let runs = 0;
  const counted = kinds.map((kind) => ({ ...kind, run: (...args: [never, never]) => [kind.run(...args), runs++][0] }));
  const search8 = (journal: string) => runSearch(kinds, search, { parts: 8, queue, journal });
  for (const journal of [path(), path()]) {
    const drain = new AbortController();
    const working = runWorker(counted, { queue, name: "one", state, drain: drain.signal });
    expect((await search8(journal)).text).toBe(await expected());
    drain.abort();
    await working;
    await redis.command("FLUSHALL");
  }
  expect(runs).toBe(8);
  await redis.kill();
});

test("a worker that starts before its Redis waits for it, as long as it is told to", async () => {
  const redis = await startRedis();
  await redis.kill();
  const queue = { url: redis.url, ...fast };
  const drain = new AbortController();
  const working = runWorker(kinds, {
    queue: { ...queue, attempts: 1000 },
    name: "one",
    state: path(),
    drain: drain.signal,
  });
  await expect(runSearch(kinds, search, { queue: { ...queue, attempts: 1 } })).rejects.toThrow("the queue is down");
  await redis.start();
  expect((await runSearch(kinds, search, { parts: 8, queue })).text).toBe(await expected());
  drain.abort();
  await working;
  await redis.kill();
});

test("a wrong password is an error that does not show it", async () => {
  const redis = await startRedis("--requirepass", "sesame");
  const url = redis.url.replace("://", "://:open-up@");
  const failure = await runSearch(kinds, search, { queue: { url, attempts: 1 } }).catch((error: Error) => error);
  expect(failure).toMatchObject({ name: "QueueError" });
  expect((failure as Error).message).not.toContain("open-up");
  await redis.kill();
});

describe("two workers, the coordinator and Redis killed with -9", () => {
  test.each([1, 2])("seed %i: the same file, nothing lost or doubled", async (seed) => {
    const { text, keys, killed, died } = await chaos({
      seed,
      folder: mkdtempSync(join(folder, "chaos-")),
      search,
      parts: 24,
    });
    expect(killed.length, JSON.stringify(killed)).toBe(4);
    expect(died).toEqual([]);
    expect(text).toBe(await expected());
    expect(keys).toHaveLength(24);
    expect(new Set(keys).size).toBe(24);
  });
});
