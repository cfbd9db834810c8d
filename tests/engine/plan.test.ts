import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnsupportedError } from "../../src/backends/contract.js";
import { type CandidateFacts, type PlanFacts, plan } from "../../src/engine/plan.js";
import { defaultRates, type Rates } from "../../src/engine/rates.js";

/** Round figures, so that every estimate below can be checked by head. */
const rates: Rates = {
  wasm: {
    launchSeconds: 1e-6,
    bytesPerSecond: 1e10,
    operationsPerSecond: { "multiply-add": 1e10, special: 1e9, stream: 1e9, gather: 1e8, integer: 1e9 },
  },
  webgpu: {
    launchSeconds: 1e-5,
    bytesPerSecond: 1e11,
    operationsPerSecond: { "multiply-add": 1e12, special: 1e11, stream: 1e11, gather: 1e10, integer: 1e11 },
  },
  uploadBytesPerSecond: 1e9,
  downloadBytesPerSecond: 5e8,
  roundTripSeconds: 1e-3,
};

const both: readonly CandidateFacts[] = [
  { backend: "wasm", variant: "simd" },
  { backend: "webgpu", variant: "f32" },
];

const facts = (changes: Partial<PlanFacts> = {}): PlanFacts => ({
  op: "gemm",
  work: { operations: 1e9, bytes: 1e6, rate: "multiply-add" },
  candidates: both,
  wasmOnlyBytes: 0,
  gpuOnlyBytes: 0,
  outputBytes: 1e6,
  rates,
  ...changes,
});

const on = (backend: string, candidates: readonly CandidateFacts[], change: Partial<CandidateFacts>) =>
  candidates.map((candidate) => (candidate.backend === backend ? { ...candidate, ...change } : candidate));

describe("estimates", () => {
  test("add launches, the slower of arithmetic and memory, and transfers", () => {
    const [wasm, gpu] = plan(facts({ wasmOnlyBytes: 2e6 })).candidates;
    expect(wasm?.estimate).toMatchObject({ launchSeconds: 1e-6, computeSeconds: 0.1, transferSeconds: 0 });
    expect(wasm?.estimate.totalSeconds).toBeCloseTo(0.100001, 12);
    // Up: 2 MB at 1 GB/s. Back: 1 MB at 0.5 GB/s and a round trip.
    expect(gpu?.estimate).toMatchObject({ launchSeconds: 1e-5, computeSeconds: 1e-3, boundBy: "operations" });
    expect(gpu?.estimate.transferSeconds).toBeCloseTo(2e-3 + 2e-3 + 1e-3, 12);
  });

  test("name what bounds the work", () => {
    const { candidates } = plan(facts({ work: { operations: 10, bytes: 1e9, rate: "stream" } }));
    expect(candidates.map(({ estimate }) => [estimate.boundBy, estimate.computeSeconds])).toEqual([
      ["bytes", 0.1],
      ["bytes", 0.01],
    ]);
  });

  test("use the rate of the work's class", () => {
    const seconds = (rate: "gather" | "special") =>
      plan(facts({ work: { operations: 1e9, bytes: 0, rate } })).candidates[0]?.estimate.computeSeconds;
    expect(seconds("gather")).toBe(10);
    expect(seconds("special")).toBe(1);
  });

  test("count every launch", () => {
    const { candidates } = plan(facts({ work: { operations: 0, bytes: 0, rate: "stream", launches: 100 } }));
    expect(candidates.map(({ estimate }) => estimate.launchSeconds)).toEqual([100 * 1e-6, 100 * 1e-5]);
  });
});

describe("the choice", () => {
  test("weighs moving the data against computing slower", () => {
    expect(plan(facts()).backend).toBe("webgpu");
    expect(plan(facts({ wasmOnlyBytes: 1e9 })).backend).toBe("wasm");
    expect(plan(facts({ work: { operations: 1e6, bytes: 1e3, rate: "multiply-add" } })).backend).toBe("wasm");
  });

  test("stays where the data is: small work on the GPU's data is not brought back for", () => {
    const small = { operations: 1e6, bytes: 1e6, rate: "multiply-add" } as const;
    expect(plan(facts({ work: small, wasmOnlyBytes: 1e6 })).backend).toBe("wasm");
    expect(plan(facts({ work: small, gpuOnlyBytes: 1e6 })).backend).toBe("webgpu");
  });

  test("says why", () => {
    expect(plan(facts()).why).toBe("estimated 4.01 ms against 100 ms on wasm");
    const absent = on("webgpu", both, { unsupported: "there is no GPU" });
    expect(plan(facts({ candidates: absent })).why).toBe("webgpu cannot: there is no GPU");
    const software = on("webgpu", both, { notByItself: "it is a software adapter" });
    expect(plan(facts({ candidates: software }))).toMatchObject({
      backend: "wasm",
      why: "webgpu is not used by itself: it is a software adapter",
    });
  });

  test("takes what it would not take by itself when nothing else can, or when asked", () => {
    const software = on("webgpu", both, { notByItself: "it is a software adapter" });
    expect(plan(facts({ candidates: on("wasm", software, { unsupported: "no kernel" }) })).backend).toBe("webgpu");
    expect(plan(facts({ candidates: software, forced: "webgpu" })).backend).toBe("webgpu");
  });

  test("follows the user's word against every estimate", () => {
    expect(plan(facts({ forced: "wasm" }))).toMatchObject({
      backend: "wasm",
      variant: "simd",
      why: "asked for by name",
    });
  });

  test("follows the engine's setting where that backend can, and goes elsewhere where it cannot", () => {
    expect(plan(facts({ preferred: "webgpu" }))).toMatchObject({ backend: "webgpu", why: "the engine's setting" });
    expect(
      plan(facts({ candidates: on("webgpu", both, { unsupported: "no adapter" }), preferred: "webgpu" })).backend,
    ).toBe("wasm");
    expect(plan(facts({ preferred: "webgpu", forced: "wasm" })).backend).toBe("wasm");
  });

  test("fails with the reason when the forced backend cannot, or none can", () => {
    const absent = on("webgpu", both, { unsupported: "there is no GPU" });
    expect(() => plan(facts({ candidates: absent, forced: "webgpu" }))).toThrow(UnsupportedError);
    expect(() => plan(facts({ candidates: absent, forced: "webgpu" }))).toThrow(
      "gemm: cannot run on webgpu: there is no GPU",
    );
    const none = on("wasm", absent, { unsupported: "no kernel" });
    expect(() => plan(facts({ candidates: none }))).toThrow(
      "gemm: no backend can run it (wasm: no kernel; webgpu: there is no GPU)",
    );
  });
});

describe("for any facts", () => {
  const amount = fc.double({ min: 0, max: 1e12, noNaN: true });
  const rate = fc.double({ min: 1e-9, max: 1e15, noNaN: true });
  const work = fc.record({
    operations: amount,
    bytes: amount,
    rate: fc.constantFrom("multiply-add", "special", "stream", "gather", "integer"),
    launches: fc.integer({ min: 1, max: 1000 }),
  });
  const backendRates = fc.record({
    launchSeconds: rate,
    bytesPerSecond: rate,
    operationsPerSecond: fc.record({ "multiply-add": rate, special: rate, stream: rate, gather: rate, integer: rate }),
  });
  const anyFacts: fc.Arbitrary<PlanFacts> = fc.record({
    op: fc.constant("op"),
    work,
    candidates: fc.constant(both),
    wasmOnlyBytes: amount,
    gpuOnlyBytes: amount,
    outputBytes: amount,
    rates: fc.record({
      wasm: backendRates,
      webgpu: backendRates,
      uploadBytesPerSecond: rate,
      downloadBytesPerSecond: rate,
      roundTripSeconds: rate,
    }),
  });

  test("the smallest estimate wins, and the same facts give the same plan", () => {
    const property = fc.property(anyFacts, (facts) => {
      const chosen = plan(facts);
      const totals = chosen.candidates.map(({ estimate }) => estimate.totalSeconds);
      const own = chosen.candidates.find(({ backend }) => backend === chosen.backend);
      expect(own?.estimate.totalSeconds).toBe(Math.min(...totals));
      expect(plan(structuredClone(facts))).toEqual(chosen);
    });
    fc.assert(property);
  });

  test("a faster backend is never chosen less", () => {
    const property = fc.property(anyFacts, (facts) => {
      const faster = { ...facts.rates.wasm, bytesPerSecond: facts.rates.wasm.bytesPerSecond * 2, launchSeconds: 0 };
      if (plan(facts).backend !== "wasm") return;
      expect(plan({ ...facts, rates: { ...facts.rates, wasm: faster } }).backend).toBe("wasm");
    });
    fc.assert(property);
  });

  test("the shipped rates send small work to the CPU and large products to a GPU", () => {
    const product = (n: number) =>
      plan(
        facts({
          work: { operations: 2 * n ** 3, bytes: 12 * n ** 2, rate: "multiply-add" },
          wasmOnlyBytes: 8 * n ** 2,
          outputBytes: 4 * n ** 2,
          rates: defaultRates,
        }),
      ).backend;
    expect([16, 64, 128].map(product)).toEqual(["wasm", "wasm", "wasm"]);
    expect([1024, 2048].map(product)).toEqual(["webgpu", "webgpu"]);
  });
});
