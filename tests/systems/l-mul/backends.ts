/** Engines that every operation of the system is tried on, one per backend that can run here. */
import { afterAll } from "vitest";
import type { BackendName } from "../../../src/backends/contract.js";
import { createEngine } from "../../../src/create-engine.js";
import type { Engine } from "../../../src/engine/engine.js";

export interface Target {
  readonly name: string;
  readonly on: BackendName;
  readonly engine: Engine;
}

/** One thread and several on the CPU, and the GPU that Dawn finds. */
export async function openTargets(): Promise<{ targets: Target[]; gpuAbsent: string | undefined }> {
  const one = await createEngine({ threads: 1, deterministic: true, webgpu: "software" });
  const many = await createEngine({ threads: 2, deterministic: true, webgpu: false });
  afterAll(() => {
    one.destroy();
    many.destroy();
  });
  const targets: Target[] = [
    { name: "one thread", on: "wasm", engine: one },
    { name: `${many.wasm.threads} threads`, on: "wasm", engine: many },
  ];
  if (one.gpu) targets.push({ name: "webgpu", on: "webgpu", engine: one });
  return { targets, gpuAbsent: one.gpuAbsent };
}

/** The first place where two arrays of words differ, for people; undefined when there is none. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): string | undefined {
  if (actual.length !== expected.length) return `length ${actual.length}, expected ${expected.length}`;
  for (let i = 0; i < actual.length; i++) {
    const [x, y] = [actual[i] as number, expected[i] as number];
    if (!Object.is(x, y)) return `[${i}] is ${x.toString(16)}, expected ${y.toString(16)}`;
  }
  return undefined;
}
