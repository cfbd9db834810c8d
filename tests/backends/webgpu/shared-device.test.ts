/** A device that the caller made and goes on using beside the engine. */
import { beforeEach, describe, expect, test } from "vitest";
import { host } from "../../../src/backends/host/node.js";
import type { Engine } from "../../../src/engine/engine.js";
import { gpuEngine, gpuMissing } from "../../engine/engines.js";
import { mix } from "../../engine/probe-ops.js";

const missing = await gpuMissing();
beforeEach(({ skip }) => skip(missing !== undefined, missing));

const u32 = (...values: number[]) => Uint32Array.from(values);

/** The instance is kept until the end: Dawn collects devices that nobody holds. */
async function callersDevice() {
  const gpu = await host.gpu([]);
  if ("reason" in gpu) throw new Error(gpu.reason);
  const device = (await (await gpu.requestAdapter())?.requestDevice()) as GPUDevice;
  return { gpu, device, [Symbol.dispose]: () => device.destroy() };
}

/** A mistake of the caller's: the usage is no usage. */
const mistake = (device: GPUDevice) => device.createBuffer({ size: 4, usage: 0 });

async function works(engine: Engine): Promise<void> {
  const a = engine.tensor(u32(1, 2));
  expect(await mix(a, a, { on: "webgpu" }).data()).toEqual(u32(4, 8));
}

describe("a caller's own device", () => {
  test("is used and outlives the engine", async () => {
    using shared = await callersDevice();
    for (let round = 0; round < 2; round++) {
      const engine = await gpuEngine({ device: shared.device });
      await works(engine);
      engine.destroy();
    }
  });

  test("serves two engines at once", async () => {
    using shared = await callersDevice();
    const engines = [await gpuEngine({ device: shared.device }), await gpuEngine({ device: shared.device })];
    const results = engines.map((engine, index) => {
      const a = engine.tensor(u32(1 + index));
      return mix(a, a, { on: "webgpu" });
    });
    expect(await Promise.all(results.map((result) => result.data()))).toEqual([u32(4), u32(8)]);
  });

  test("gets its memory back from a destroyed engine", async () => {
    using shared = await callersDevice();
    const engine = await gpuEngine({ device: shared.device });
    const a = engine.tensor(u32(1, 2));
    const buffer = await mix(a, a, { on: "webgpu" }).gpuBuffer();
    engine.destroy();
    shared.device.pushErrorScope("validation");
    shared.device.queue.writeBuffer(buffer, 0, u32(1));
    shared.device.queue.submit([]);
    expect((await shared.device.popErrorScope())?.message).toMatch(/destroyed/);
  });

  test("leaves the caller's errors to the caller", async () => {
    using shared = await callersDevice();
    const { device } = shared;
    const engine = await gpuEngine({ device: shared.device });
    const uncaptured = new Promise((resolve) => device.addEventListener("uncapturederror", resolve, { once: true }));
    const a = engine.tensor(u32(1, 2));
    const result = mix(a, a, { on: "webgpu" });
    mistake(device);
    expect(await result.data()).toEqual(u32(4, 8));
    await uncaptured;
  });

  test("keeps the caller's error scopes in order around the engine's work", async () => {
    using shared = await callersDevice();
    const { device } = shared;
    const engine = await gpuEngine({ device: shared.device });
    const a = engine.tensor(u32(1, 2));
    device.pushErrorScope("validation");
    const results = [mix(a, a, { on: "webgpu" })];
    mistake(device);
    await results[0]?.data();
    results.push(mix(a, a, { on: "webgpu" }));
    const found = device.popErrorScope();
    expect((await found)?.message).toMatch(/usage/i);
    expect(await Promise.all(results.map((result) => result.data()))).toEqual([u32(4, 8), u32(4, 8)]);
    // Nothing of the engine's is left on the stack: the caller's is the only scope, and then there is none.
    await expect(device.popErrorScope()).rejects.toThrow();
  });
});
