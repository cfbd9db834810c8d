/** The facts of a call, and the plan made of them, on backends that do not exist. */
import { describe, expect, test } from "vitest";
import type { BackendName } from "../../src/backends/contract.js";
import type { WasmBackend } from "../../src/backends/wasm/backend.js";
import type { WebGpuBackend } from "../../src/backends/webgpu/backend.js";
import type { GpuImplementation, PreparedCall } from "../../src/engine/operation.js";
import { type AnySpec, factsOf, type PlacementContext } from "../../src/engine/placement.js";
import { plan } from "../../src/engine/plan.js";
import { defaultRates } from "../../src/engine/rates.js";
import { type DType, sizeOf } from "../../src/tensor/dtype.js";
import { sizeOfShape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const mebi = 2 ** 20;

interface FakeTensor {
  shape?: number[];
  dtype?: DType;
  /** Which sides hold the data. */
  on?: readonly BackendName[];
  byteOffset?: number;
  baseBytes?: number;
  external?: boolean;
}

function tensor({ shape = [mebi], dtype = "f32", on = ["wasm"], byteOffset = 0, ...rest }: FakeTensor = {}): Tensor {
  const byteLength = sizeOfShape(shape) * sizeOf(dtype);
  const bytes = rest.baseBytes ?? byteLength;
  const [onWasm, onGpu] = [on.includes("wasm"), on.includes("webgpu")];
  const location = onGpu && !onWasm ? "webgpu" : "wasm";
  const storage = { onWasm, onGpu, location, bytes, external: rest.external === true };
  const isWhole = byteOffset === 0 && byteLength === bytes;
  return { shape, dtype, byteOffset, byteLength, isWhole, storage } as unknown as Tensor;
}

const gpu = (changes: object = {}): WebGpuBackend =>
  ({
    description: "a fine GPU",
    software: false,
    lostReason: undefined,
    caps: {
      f16: false,
      limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28, minStorageBufferOffsetAlignment: 256 },
    },
    ...changes,
  }) as unknown as WebGpuBackend;

const context = (changes: { gpu?: WebGpuBackend | undefined; preferred?: BackendName } = {}): PlacementContext => ({
  backends: {
    wasm: { description: "simd, 1 thread" } as WasmBackend,
    gpu: "gpu" in changes ? changes.gpu : gpu(),
  },
  gpuAbsent: "no adapter",
  rates: defaultRates,
  preferred: () => changes.preferred,
});

/** Arithmetic per element decides how far it is worth to move. */
function spec(operationsPerElement: number, webgpu?: Partial<GpuImplementation<number>>, wasm = true): AnySpec<number> {
  return {
    name: "op",
    prepare: () => call(),
    work: (elements: number) => ({ operations: operationsPerElement * elements, bytes: 8 * elements, rate: "stream" }),
    ...(wasm ? { plain: { run: () => undefined } } : {}),
    webgpu: { encode: () => undefined, ...webgpu },
    bound: "exact",
  };
}

function call(inputs = [tensor()], changes: Partial<PreparedCall<number>> = {}): PreparedCall<number> {
  const [{ shape, dtype } = tensor()] = inputs;
  return { inputs, outputs: [{ shape, dtype }], params: sizeOfShape(shape), ...changes };
}

const placed = (op: AnySpec<number>, prepared: PreparedCall<number>, at = context()) => plan(factsOf(op, prepared, at));

const gpuCandidate = (op: AnySpec<number>, prepared: PreparedCall<number>, at = context()) =>
  factsOf(op, prepared, at).candidates.find(({ backend }) => backend === "webgpu");

describe("where the data lies", () => {
  test("counts only what would have to move, and once for each input", () => {
    const inputs = [tensor(), tensor({ on: ["webgpu"] }), tensor({ on: ["wasm", "webgpu"] }), tensor({ shape: [10] })];
    expect(factsOf(spec(1), call(inputs), context())).toMatchObject({
      wasmOnlyBytes: 4 * mebi + 40,
      gpuOnlyBytes: 4 * mebi,
      outputBytes: 4 * mebi,
    });
  });

  test("cheap work stays where a large input lies, on either side", () => {
    expect(placed(spec(1), call()).backend).toBe("wasm");
    expect(placed(spec(1), call([tensor({ on: ["webgpu"] })])).backend).toBe("webgpu");
    expect(placed(spec(1), call([tensor({ on: ["webgpu"] }), tensor({ shape: [1] })])).backend).toBe("webgpu");
  });

  test("a chain does not swing back and forth", () => {
    let on: readonly BackendName[] = ["wasm"];
    const visited: BackendName[] = [];
    // Heavy work brings the data over; what follows is light and stays with it.
    for (const weight of [1, 1, 1000, 1, 1, 2, 1]) {
      const { backend } = placed(spec(weight), call([tensor({ on })]));
      visited.push(backend);
      on = [backend];
    }
    expect(visited).toEqual(["wasm", "wasm", "webgpu", "webgpu", "webgpu", "webgpu", "webgpu"]);
  });
});

describe("why a GPU cannot", () => {
  const large = (bytes: number) => call([tensor({ shape: [bytes / 4] })]);
  const cases: [string, PreparedCall<number>, Partial<GpuImplementation<number>>, string | undefined][] = [
    ["nothing speaks against it", call(), {}, undefined],
    ["f64", call([tensor({ dtype: "f64" })]), {}, "GPUs of WebGPU have no f64"],
    ["f64 as result", call([tensor()], { outputs: [{ shape: [1], dtype: "f64" }] }), {}, "GPUs of WebGPU have no f64"],
    [
      "the operation's own word",
      call(),
      { unsupported: (caps) => (caps.f16 ? undefined : "needs shader-f16") },
      "needs shader-f16",
    ],
    [
      "an input between words",
      call([tensor({ shape: [8], dtype: "u8", byteOffset: 2, baseBytes: 64 })]),
      {},
      "an input is a view that does not begin on 4 bytes",
    ],
    [
      "a result between words",
      call([tensor({ shape: [6], dtype: "u8" })], {
        out: [tensor({ shape: [6], dtype: "u8", byteOffset: 4, baseBytes: 64 })],
      }),
      {},
      "argument out is a view that does not begin and end on 4 bytes",
    ],
    ["the largest binding", large(2 ** 27), {}, undefined],
    ["a larger one", large(2 ** 27 + 64), {}, "a binding of 134217792 bytes is over the device's limit of 134217728"],
    ["a larger buffer", large(2 ** 29), {}, "a buffer of 536870912 bytes is over the device's limit of 268435456"],
    [
      "a small view of a large buffer",
      call([tensor({ shape: [64], baseBytes: 2 ** 29 })]),
      {},
      "a buffer of 536870912 bytes is over the device's limit of 268435456",
    ],
    ["parts of a larger binding", large(2 ** 28), { split: split([4], [4]) }, undefined],
    [
      "parts that each need an input too large",
      large(2 ** 28),
      { split: split([0], [4]) },
      "an input that cannot be split has 268435456 bytes, over the device's binding limit of 134217728",
    ],
    [
      "parts that are too large themselves",
      large(2 ** 28),
      { split: split([2 ** 27], [4]) },
      "one unit of the call is over the device's binding limit of 134217728 bytes",
    ],
  ];

  test.each(cases)("%s", (_, prepared, webgpu, reason) => {
    expect(gpuCandidate(spec(1, webgpu), prepared)?.unsupported).toBe(reason);
  });

  test.each([
    ["none", undefined, "no adapter"],
    ["lost", gpu({ lostReason: "unplugged" }), "the device was lost (unplugged)"],
  ])("a GPU that is %s", (_, device, reason) => {
    expect(gpuCandidate(spec(1), call(), context({ gpu: device }))?.unsupported).toBe(reason);
  });

  test("an operation without a shader", () => {
    const { webgpu: _, ...cpuOnly } = spec(1);
    expect(gpuCandidate(cpuOnly, call())?.unsupported).toBe("the operation has no GPU implementation");
  });
});

describe("the choice over these facts", () => {
  test("leaves a software adapter to those who name it", () => {
    const at = context({ gpu: gpu({ software: true, description: "SwiftShader" }) });
    const heavy = spec(1e6);
    expect(placed(heavy, call(), at)).toMatchObject({
      backend: "wasm",
      why: "webgpu is not used by itself: SwiftShader is a software adapter",
    });
    expect(placed(heavy, call([tensor()], { on: "webgpu" }), at).backend).toBe("webgpu");
    expect(placed(spec(1e6, {}, false), call(), at).backend).toBe("webgpu");
  });

  test("follows the call before the engine's setting, and the setting before the estimate", () => {
    expect(placed(spec(1), call(), context({ preferred: "webgpu" })).backend).toBe("webgpu");
    expect(placed(spec(1), call([tensor()], { on: "wasm" }), context({ preferred: "webgpu" })).backend).toBe("wasm");
  });

  test("passes over a setting that cannot be followed, and says why", () => {
    const at = context({ preferred: "webgpu" });
    expect(placed(spec(1), call([tensor({ dtype: "f64" })]), at)).toMatchObject({
      backend: "wasm",
      why: "webgpu cannot: GPUs of WebGPU have no f64",
    });
  });

  test("writes a caller's GPU buffer only on the GPU", () => {
    const out = tensor({ on: ["webgpu"], external: true });
    expect(placed(spec(1), call([tensor()], { out: [out] }))).toMatchObject({
      backend: "webgpu",
      why: "wasm cannot: argument out is a caller's GPU buffer",
    });
  });

  test("names the variant that would run", () => {
    const { candidates } = placed(spec(1, { variant: () => "tile64_sg" }), call());
    expect(candidates.map(({ variant }) => variant)).toEqual(["plain TypeScript", "tile64_sg"]);
  });
});

function split(inputBytes: number[], outputBytes: number[]): NonNullable<GpuImplementation<number>["split"]> {
  return (elements) => ({ units: elements, inputBytes, outputBytes, narrow: (start, end) => end - start });
}
