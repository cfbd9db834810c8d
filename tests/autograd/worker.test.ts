/** The tape works on the page's side of an engine in a worker; that runs the built script, so this uses the built package. */
import { afterAll, expect, test } from "vitest";
import { matmul, sum, type Tensor, tanh } from "wavefold";
import { checkpoint, grad } from "wavefold/autograd";
import { createWorkerEngine } from "wavefold/worker";

const engine = await createWorkerEngine({ webgpu: false, threads: 1 });
afterAll(() => engine.destroy());

test("gradients of an engine in a worker", async () => {
  const x = engine.tensor([
    [0.5, -1],
    [2, 0.25],
  ]);
  const before = (await engine.memory()).tensors;
  const layer = (a: Tensor) => tanh(matmul(a, a.rows(0, 2)));
  const plain = grad((a: Tensor) => sum(layer(a)))(x);
  const again = grad((a: Tensor) => sum(checkpoint(layer)(a)))(x);
  expect(await again.data()).toEqual(await plain.data());
  expect((await plain.data()).some((value) => value !== 0)).toBe(true);
  for (const gradient of [plain, again]) gradient.dispose();
  expect((await engine.memory()).tensors).toBe(before);
});
