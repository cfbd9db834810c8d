/** The worker runs the built script, so these tests use the built package through its own name. */
import { afterAll, describe, expect, test } from "vitest";
import { createEngine, defineOp, InputError, matmul, ShapeError, type Tensor, UnsupportedError } from "wavefold";
import { createWorkerEngine } from "wavefold/worker";

const engine = await createWorkerEngine({ webgpu: false, threads: 2 });
afterAll(() => engine.destroy());

const numbers = (n: number, seed: number) => Float32Array.from({ length: n }, (_, i) => ((i * seed) % 17) - 8);

describe("an engine in a worker", () => {
  test("gives the bits that an engine here gives", async () => {
    const here = await createEngine({ webgpu: false, threads: 2 });
    const results = [engine, here].map((host) => {
      const a = host.tensor(numbers(60 * 70, 7), { shape: [60, 70] });
      const b = host.tensor(numbers(70 * 50, 5), { shape: [70, 50] });
      return matmul(matmul(a, b), host.tensor(numbers(50 * 9, 3), { shape: [50, 9] })).data();
    });
    const [there, own] = await Promise.all(results);
    expect(there).toEqual(own);
    here.destroy();
  });

  test("keeps the order of calls, in-place results and reads", async () => {
    const a = engine.tensor([
      [2, 0],
      [0, 2],
    ]);
    const before = a.data();
    matmul(a, a, { out: a });
    matmul(a, a, { out: a });
    expect([...(await before)]).toEqual([2, 0, 0, 2]);
    expect([...(await a.data())]).toEqual([16, 0, 0, 16]);
  });

  test("reads views and storage floats", async () => {
    const a = engine.tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { dtype: "f16" },
    );
    expect([...(await a.rows(1, 3).data())]).toEqual([3, 4, 5, 6]);
    expect([...(await a.reshape([2, 3]).rows(1, 2).data())]).toEqual([4, 5, 6]);
    expect((await a.bits()).constructor).toBe(Uint16Array);
  });

  test("says what is wrong at once where that can be known, and later by the same name", async () => {
    const a = engine.tensor([[1, 2]]);
    expect(() => matmul(a, a)).toThrow(ShapeError);
    expect(() => a.dataSync()).toThrow(InputError);
    const unknown = defineOp({
      name: "unknown",
      prepare: (x: Tensor) => ({ inputs: [x], outputs: [{ shape: x.shape, dtype: x.dtype }], params: undefined }),
      work: () => ({ operations: 1, bytes: 8, rate: "stream" }),
      plain: { run: () => {} },
      bound: "exact",
    });
    const failed = unknown(a);
    await expect(failed.data()).rejects.toThrow(UnsupportedError);
    await expect(matmul(failed, engine.tensor([[1], [1]])).data()).rejects.toThrow(/unknown.*worker/);
    await expect(createWorkerEngine({ threads: -1 })).rejects.toThrow(InputError);
    const other = await createWorkerEngine({ webgpu: false });
    expect(() => matmul(a, other.tensor([[1], [1]]))).toThrow(/another engine/);
    other.destroy();
    expect(() => other.tensor([1])).toThrow(/destroyed/);
  });

  test("gives memory back and answers questions", async () => {
    const count = (await engine.memory()).tensors;
    const kept = engine.scope(() => {
      const a = engine.tensor(numbers(100, 3), { shape: [10, 10] });
      return matmul(a, a);
    });
    expect((await engine.memory()).tensors).toBe(count + 1);
    kept.dispose();
    expect((await engine.memory()).tensors).toBe(count);
    expect(await engine.explain(matmul, engine.tensor([[1]]), engine.tensor([[1]]))).toMatchObject({ backend: "wasm" });
    expect(engine.backends.wasm).toContain("2 threads");
  });
});
