/**
 * Engines for tests: every backend and build variant that can run here. An operation's tests run once for each:
 *
 *   describe.each(testBackends)("matmul on $name", (backend) => {
 *     const engine = openFor(backend);
 *     test("...", async () => {
 *       const a = engine().tensor(...);
 *     });
 *   });
 */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type BackendName, UnsupportedError } from "../../src/backends/contract.js";
import { hasRelaxedSimd } from "../../src/backends/wasm/features.js";
import { createEngine, type EngineOptions } from "../../src/create-engine.js";
import type { Engine } from "../../src/engine/engine.js";

export interface TestBackend {
  /** "wasm simd", "wasm relaxed, 2 threads", "webgpu", ... */
  readonly name: string;
  readonly on: BackendName;
  /** True on a software adapter, which takes seconds where a GPU takes microseconds: keep shapes small. */
  readonly slow: boolean;
  /** True when multiply-adds may be fused. */
  readonly fused: boolean;
  readonly options: EngineOptions;
}

/** The variants of the CPU backend; relaxed SIMD where this V8 has it. */
export const wasmBackends: readonly TestBackend[] = [false, true]
  .filter((relaxed) => !relaxed || hasRelaxedSimd())
  .flatMap((relaxed) =>
    [1, 2].map((threads) => ({
      name: `wasm ${relaxed ? "relaxed" : "simd"}${threads > 1 ? `, ${threads} threads` : ""}`,
      on: "wasm" as const,
      slow: false,
      fused: relaxed,
      options: { backend: "wasm", webgpu: false, threads, deterministic: !relaxed },
    })),
  );

/** Set by `npm run test:gpu`: the machine's real adapter, with what Dawn hides unless asked. */
const realGpu = process.env.WAVEFOLD_TEST_GPU === "1";
const dawnFlags = ["enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia"];

export const gpuBackend: TestBackend = {
  name: realGpu ? "webgpu (this machine's adapter)" : "webgpu (software adapter)",
  on: "webgpu",
  slow: !realGpu,
  fused: true,
  options: { backend: "webgpu", threads: 1, webgpu: realGpu ? { flags: dawnFlags } : "software" },
};

export const testBackends: readonly TestBackend[] = realGpu ? [gpuBackend] : [...wasmBackends, gpuBackend];

const gpuMissing =
  "no WebGPU adapter: sudo apt-get install chromium-common libvulkan1 (the software Vulkan driver and the loader)";

/**
 * Opens an engine before the tests of a describe block and destroys it after them. Where there is no software adapter, the
 * tests of a GPU block are reported as not run; `npm run test:gpu` fails without a real one.
 */
export function openFor(backend: TestBackend): () => Engine {
  let engine: Engine | undefined;
  beforeAll(async () => {
    engine = await createEngine(backend.options).catch((error: unknown) => {
      if (backend.on === "webgpu" && !realGpu && error instanceof UnsupportedError) return undefined;
      throw error;
    });
  });
  beforeEach(({ skip }) => skip(engine === undefined, gpuMissing));
  afterAll(() => engine?.destroy());
  return () => {
    if (!engine) throw new Error("the engine of this block is not open");
    return engine;
  };
}

/**
 * Tensors that an engine holds, those among them that were collected as garbage without dispose(): what a test before left behind
 * may go at any moment, and must not hide or feign a leak of this one.
 */
export function heldBy(engine: Engine): number {
  const { tensors, leaked } = engine.memory();
  return tensors + leaked;
}
