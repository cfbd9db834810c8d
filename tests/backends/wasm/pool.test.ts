import { afterAll, describe, expect, test } from "vitest";
import { host } from "../../../src/backends/host/node.js";
import { Arena } from "../../../src/backends/wasm/arena.js";
import { LinearMemory } from "../../../src/backends/wasm/memory.js";
import { ThreadPool } from "../../../src/backends/wasm/pool.js";
import { argumentCapacity, word } from "../../../src/backends/wasm/pool-protocol.js";
import { addOnesModule } from "./add-ones.js";

// The workers run the built script; everything else here is source.
const builtHost = {
  ...host,
  spawnWorker: (await import("../../../dist/backends/host/node.js")).host.spawnWorker,
} as typeof host;

const pools: ThreadPool[] = [];
afterAll(() => {
  for (const pool of pools) pool.destroy();
});

async function makePool(threads: number) {
  const memory = new LinearMemory(true, 1 << 24);
  const arena = new Arena(memory);
  const pool = new ThreadPool(builtHost, memory, arena, threads);
  pools.push(pool);
  const module = await WebAssembly.compile(addOnesModule);
  const group = pool.add(module, new WebAssembly.Instance(module, { env: { memory: memory.memory } }).exports);
  return { memory, arena, pool, group, module };
}

describe("the thread pool", () => {
  test("runs every call exactly once, over thousands of batches", async () => {
    const { memory, arena, pool, group } = await makePool(3);
    await pool.ready();
    const cells = 64;
    const ptr = arena.allocate(cells * 4, "test");
    memory.bytes.fill(0, ptr, ptr + cells * 4);
    const rounds = 3000;
    const calls = Array.from({ length: cells }, (_, i) => [ptr + 4 * i, 1]);
    for (let round = 0; round < rounds; round++) pool.run(group, "add", calls);
    const counts = new Int32Array(memory.memory.buffer, ptr, cells);
    expect([...counts]).toEqual(new Array(cells).fill(rounds));
  });

  test("works before its workers have started", async () => {
    const { memory, arena, pool, group } = await makePool(2);
    const ptr = arena.allocate(8, "test");
    memory.bytes.fill(0, ptr, ptr + 8);
    pool.run(group, "add", [
      [ptr, 5],
      [ptr + 4, 6],
    ]);
    expect([...new Int32Array(memory.memory.buffer, ptr, 2)]).toEqual([5, 6]);
  });

  test("a worker that slept through a group's arrival fetches it before it takes the group's calls", async () => {
    const { memory } = new LinearMemory(true, 1 << 24);
    const control = new Int32Array(memory.buffer, 0, 16);
    const module = await WebAssembly.compile(addOnesModule);
    const worker = builtHost.spawnWorker!();
    const loaded = () => new Promise<void>((resolve) => worker.onMessage(() => resolve()));
    Atomics.store(control, word.loads, 1);
    worker.post({ memory, controlPtr: 0 });
    const first = loaded();
    worker.post({ index: 0, module });
    await first;
    // Time to fall asleep; then all that the pool writes for a second group and its first batch, with one waking for both.
    await new Promise((resolve) => setTimeout(resolve, 200));
    control[word.group] = 1;
    control[word.argc] = 2;
    control[word.count] = 1;
    Atomics.store(control, word.loads, 2);
    Atomics.store(control, word.open, 1);
    Atomics.store(control, word.generation, 1);
    Atomics.notify(control, word.generation);
    const second = loaded();
    worker.post({ index: 1, module });
    await second;
    expect(Atomics.load(control, word.failed)).toBe(0);
    worker.terminate();
  });

  test("splits what its argument table cannot hold into batches", async () => {
    const { memory, arena, pool, group } = await makePool(2);
    const count = argumentCapacity + 10;
    const ptr = arena.allocate(count * 4, "test");
    memory.bytes.fill(0, ptr, ptr + count * 4);
    pool.run(
      group,
      "add",
      Array.from({ length: count }, (_, i) => [ptr + 4 * i, i]),
    );
    const cells = new Int32Array(memory.memory.buffer, ptr, count);
    expect(cells.every((cell, i) => cell === i)).toBe(true);
  });

  test("takes a second kernel group while its workers sleep", async () => {
    const { memory, arena, pool, module } = await makePool(3);
    await pool.ready();
    const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } });
    const second = pool.add(module, instance.exports);
    const ptr = arena.allocate(64 * 4, "test");
    memory.bytes.fill(0, ptr, ptr + 64 * 4);
    for (let round = 0; round < 200; round++) {
      pool.run(
        second,
        "add",
        Array.from({ length: 64 }, (_, i) => [ptr + 4 * i, 1]),
      );
      if (round % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(new Int32Array(memory.memory.buffer, ptr, 64).every((cell) => cell === 200)).toBe(true);
  });

  test("names a kernel that does not exist, and one that traps on a pool thread", async () => {
    const { pool, group } = await makePool(2);
    expect(() => pool.run(group, "nothing", [[1]])).toThrow(/E_KERNEL|nothing/);
    expect(() =>
      pool.run(group, "add", [
        [2 ** 31, 1],
        [2 ** 31, 1],
      ]),
    ).toThrow();
    // The pool is usable afterwards.
    pool.run(group, "add", [
      [0, 0],
      [4, 0],
    ]);
  });
});
