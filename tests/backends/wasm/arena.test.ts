import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutOfMemoryError } from "../../../src/backends/contract.js";
import { Arena } from "../../../src/backends/wasm/arena.js";
import { arenaStart, LinearMemory } from "../../../src/backends/wasm/memory.js";

const mebibyte = 1 << 20;

describe("the arena", () => {
  test("never overlaps live blocks, keeps alignment and ends with everything free", () => {
    const step = fc.record({ allocate: fc.boolean(), bytes: fc.integer({ min: 0, max: 100_000 }), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const arena = new Arena(new LinearMemory(false, 64 * mebibyte));
        const live: { start: number; end: number }[] = [];
        for (const { allocate, bytes, pick } of steps) {
          if (allocate) {
            const start = arena.allocate(bytes, "test");
            const end = start + bytes;
            expect(start % 64).toBe(0);
            expect(start).toBeGreaterThanOrEqual(arenaStart);
            for (const block of live) expect(start >= block.end || end <= block.start).toBe(true);
            live.push({ start, end });
          } else if (live.length > 0) {
            const [block] = live.splice(pick % live.length, 1);
            arena.release(block?.start as number);
          }
        }
        for (const block of live) arena.release(block.start);
        expect(arena.usage.usedBytes).toBe(0);
        // All free space has merged, so what was in use at the peak fits again in one piece.
        const { pooledBytes } = arena.usage;
        if (pooledBytes > 0) expect(arena.allocate(pooledBytes, "test")).toBe(arenaStart);
      }),
      { numRuns: 50 },
    );
  });

  test("reuses a hole before it grows", () => {
    const arena = new Arena(new LinearMemory(false, mebibyte));
    const first = arena.allocate(1000, "test");
    arena.allocate(1000, "test");
    arena.release(first);
    expect(arena.allocate(900, "test")).toBe(first);
  });

  test("says how much was asked for when there is no room, and stays usable", () => {
    const arena = new Arena(new LinearMemory(false, mebibyte));
    const failed = (() => {
      try {
        arena.allocate(2 * mebibyte, "matmul");
      } catch (error) {
        return error;
      }
    })();
    expect(failed).toBeInstanceOf(OutOfMemoryError);
    expect(failed).toMatchObject({ code: "E_OUT_OF_MEMORY", requestedBytes: 2 * mebibyte });
    expect(String(failed)).toContain("matmul");
    expect(arena.allocate(1000, "test")).toBe(arenaStart);
  });

  test("refuses to free what is not allocated", () => {
    const arena = new Arena(new LinearMemory(false, mebibyte));
    expect(() => arena.release(arenaStart)).toThrow(RangeError);
  });
});

test("a view taken after growth sees the grown memory", () => {
  for (const shared of [false, true]) {
    const memory = new LinearMemory(shared, 64 * mebibyte);
    const before = memory.bytes.byteLength;
    memory.reserve(32 * mebibyte, "test", 0);
    expect(memory.bytes.byteLength).toBeGreaterThanOrEqual(32 * mebibyte);
    expect(memory.bytes.byteLength).toBeGreaterThan(before);
    memory.bytes[32 * mebibyte - 1] = 7;
    expect(memory.bytes[32 * mebibyte - 1]).toBe(7);
  }
});
