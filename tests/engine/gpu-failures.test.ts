import { afterAll, describe, expect, test } from "vitest";
import { KernelError } from "../../src/backends/contract.js";
import { createEngine } from "../../src/create-engine.js";
import { defineOp } from "../../src/ops/define-op.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const engine = await createEngine({ webgpu: "software" });
afterAll(() => engine.destroy());

/** A copy, with a shader that is right or does not compile. */
const copyBy = (name: string, statement: string) =>
  defineOp({
    name,
    prepare: (a: Tensor) => ({
      inputs: [a],
      outputs: [{ shape: a.shape, dtype: a.dtype }],
      params: { n: a.size },
      on: "webgpu" as const,
    }),
    work: ({ n }) => ({ operations: n, bytes: 8 * n, rate: "stream" }),
    webgpu: {
      encode: (g, inputs, outputs) =>
        g.dispatch({
          label: name,
          shader: `
struct Params { group_base: u32, group_count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) w: vec3u) { let i = w.x + params.group_base; ${statement} }`,
          bindings: [...inputs, ...outputs],
          groups: inputs.reduce((sum, { size }) => sum + size, 0),
        }),
    },
    bound: "exact",
  });

const good = copyBy("good", "result[i] = a[i];");
const bad = copyBy("bad", "result[i] = nonsense;");

describe.skipIf(!engine.gpu)("a shader that fails", () => {
  test("fails its result and what was made of it, by name, and nothing else", async () => {
    const input = engine.tensor([1, 2, 3]);
    const before = good(input);
    expect([...(await before.data())]).toEqual([1, 2, 3]);
    const failed = bad(input);
    const derived = good(failed);
    await expect(failed.data()).rejects.toThrow(KernelError);
    await expect(failed.data()).rejects.toThrow(/bad/);
    await expect(derived.data()).rejects.toThrow(KernelError);
    expect(() => good(failed)).toThrow(KernelError);
    expect([...(await before.data())]).toEqual([1, 2, 3]);
    expect([...(await good(input).data())]).toEqual([1, 2, 3]);
  });
});
