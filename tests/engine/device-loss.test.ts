/** A GPU that goes away in the middle of the work. */
import { beforeEach, describe, expect, test } from "vitest";
import { DeviceLostError, UnsupportedError } from "../../src/backends/contract.js";
import type { Engine } from "../../src/engine/engine.js";
import { gpuEngine, gpuMissing, softwareGpu } from "./engines.js";
import { gatedCopy, mix, reversed } from "./probe-ops.js";

const missing = await gpuMissing();
beforeEach(({ skip }) => skip(missing !== undefined, missing));

const u32 = (...values: number[]) => Uint32Array.from(values);

/** Takes the device away and waits until the engine has heard of it. */
async function lose(engine: Engine): Promise<void> {
  const { device } = engine.requireGpu("test");
  device.destroy();
  await device.lost;
}

describe("after a lost device", () => {
  test("what was on the CPU goes on, what was only on the GPU says so", async () => {
    const engine = await gpuEngine();
    const onCpu = engine.tensor(u32(1, 2));
    const onBoth = engine.tensor(u32(3, 4));
    const onGpu = mix(onBoth, onBoth, { on: "webgpu" });
    await engine.gpu?.idle();
    await lose(engine);
    expect(await onCpu.data()).toEqual(u32(1, 2));
    expect(mix(onBoth, onCpu).dataSync()).toEqual(u32(10, 14));
    await expect(onGpu.data()).rejects.toThrow(DeviceLostError);
    await expect(onGpu.data()).rejects.toThrow(
      /^data: the GPU device was lost \(.+; the data had no copy on the CPU\)$/,
    );
    expect(() => onGpu.dataSync()).toThrow(DeviceLostError);
    expect(() => mix(onCpu, onGpu)).toThrow(DeviceLostError);
    expect(onGpu.dispose()).toBeUndefined();
  });

  test("a lost tensor lives again when it is written", async () => {
    const engine = await gpuEngine();
    const a = engine.tensor(u32(1, 2));
    const lost = mix(a, a, { on: "webgpu" });
    await lose(engine);
    expect(await mix(a, a, { out: lost }).data()).toEqual(u32(4, 8));
  });

  test("the GPU is refused with the reason, and explain() shows it", async () => {
    const engine = await gpuEngine();
    const a = engine.tensor(u32(1));
    await lose(engine);
    expect(engine.gpu).toBeUndefined();
    expect(engine.gpuAbsent).toMatch(/^the device was lost \(/);
    expect(() => mix(a, a, { on: "webgpu" })).toThrow(UnsupportedError);
    expect(engine.explain(mix, a, a).why).toMatch(/^webgpu cannot: the device was lost/);
    await expect(a.gpuBuffer()).rejects.toThrow(/this engine has no GPU: the device was lost/);
    expect(engine.memory().webgpu).toBeUndefined();
  });

  test("a read under way fails by name", async () => {
    const engine = await gpuEngine();
    const a = engine.tensor(u32(1));
    const reading = mix(a, a, { on: "webgpu" }).data();
    engine.requireGpu("test").device.destroy();
    await expect(reading).rejects.toThrow(DeviceLostError);
  });

  test("queued operations fail with what they needed, and the queue goes on", async () => {
    const engine = await gpuEngine();
    const a = engine.tensor(u32(1, 2));
    const onGpu = mix(a, a, { on: "webgpu" });
    const first = reversed(onGpu);
    const second = mix(first, a);
    const inPlace = reversed(second, { out: second });
    engine.requireGpu("test").device.destroy();
    for (const tensor of [first, second, inPlace]) await expect(tensor.data()).rejects.toThrow(DeviceLostError);
    expect(await reversed(a).data()).toEqual(u32(2, 1));
    expect(mix(a, a).dataSync()).toEqual(u32(4, 8));
  });

  test("a queued operation that was meant for the GPU runs on the CPU, unless it was asked for by name", async () => {
    const engine = await gpuEngine({ preferred: () => "webgpu" });
    const a = engine.tensor(u32(1, 2));
    const { copied, open } = gatedCopy();
    const first = copied(a, { on: "wasm" });
    const planned = mix(first, a);
    const byName = mix(first, a, { on: "webgpu" });
    expect(planned.location).toBe("webgpu");
    await lose(engine);
    open();
    expect(await planned.data()).toEqual(u32(4, 8));
    await expect(byName.data()).rejects.toThrow(UnsupportedError);
  });

  test("memory on the CPU is given back as before", async () => {
    const engine = await gpuEngine();
    const a = engine.tensor(u32(1, 2));
    const results = [mix(a, a, { on: "webgpu" }), reversed(mix(a, a, { on: "webgpu" }))];
    await lose(engine);
    await Promise.allSettled(results.map((result) => result.data()));
    for (const result of [a, ...results]) result.dispose();
    expect(engine.memory().wasm.usedBytes).toBe(0);
  });
});

describe("a device that can be had again", () => {
  test("takes the lost one's place, and data that the CPU still has moves to it", async () => {
    const engine = await gpuEngine({ reviveGpu: () => softwareGpu() });
    const a = engine.tensor(u32(1, 2));
    const lost = mix(a, a, { on: "webgpu" });
    await engine.gpu?.idle();
    await lose(engine);
    await expect.poll(() => engine.gpu).toBeDefined();
    expect(engine.gpuAbsent).toBeUndefined();
    expect(await mix(a, a, { on: "webgpu" }).data()).toEqual(u32(4, 8));
    await expect(lost.data()).rejects.toThrow(DeviceLostError);
  });

  test("may be lost again", async () => {
    const engine = await gpuEngine({ reviveGpu: () => softwareGpu() });
    const a = engine.tensor(u32(1, 2));
    for (let round = 0; round < 2; round++) {
      await lose(engine);
      await expect.poll(() => engine.gpu).toBeDefined();
      expect(await mix(a, a, { on: "webgpu" }).data()).toEqual(u32(4, 8));
    }
  });

  test("that is refused is a reason to show", async () => {
    const engine = await gpuEngine({
      reviveGpu: () => Promise.reject(new UnsupportedError("webgpu", "the host offers no adapter")),
    });
    await lose(engine);
    await expect.poll(() => engine.gpuAbsent).toMatch(/lost.*; no new one: webgpu: the host offers no adapter$/);
  });
});
