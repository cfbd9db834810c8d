import { describe, expect, test } from "vitest";
import { neg } from "../../../src/ops/unary.js";
import { gpuBackend, openFor } from "../../support/engines.js";

// Two threads: the memory that is uploaded from is shared.
const shared = { ...gpuBackend, options: { ...gpuBackend.options, threads: 2 } };

describe.each([gpuBackend, shared])("transfers with $options.threads threads", (backend) => {
  const engine = openFor(backend);

  // Around a chunk of an upload (2^18 elements) and a part of a read (2^22).
  test.each([1, 2 ** 18 + 1, 2 ** 22 + 5])(
    "%i elements up and down, to the caller and to WebAssembly",
    async (size) => {
      const values = Float32Array.from({ length: size }, (_, i) => (i % 1021) + 1);
      const a = engine().tensor(values);
      const negative = neg(a, { on: "webgpu" });
      const again = neg(negative, { on: "wasm" });
      const [down, back] = [await negative.data(), await again.data()];
      expect(down.findIndex((x, i) => x !== -(values[i] as number))).toBe(-1);
      expect(back.findIndex((x, i) => x !== values[i])).toBe(-1);
      for (const tensor of [a, negative, again]) tensor.dispose();
    },
  );

  test("bytes that are no whole words", async () => {
    const bytes = Uint8Array.from({ length: 2 ** 20 + 3 }, (_, i) => i * 7);
    const tensor = engine().tensor(bytes);
    const buffer = await engine().gpuBuffer(tensor);
    const raw = await engine().gpu!.read({ buffer, offset: 0, bytes: bytes.length }, "test");
    expect(raw.length).toBe(bytes.length);
    expect(raw.findIndex((x, i) => x !== bytes[i])).toBe(-1);
    tensor.dispose();
  });
});
