import { expect, test } from "vitest";
import { dtypes } from "../../../src/tensor/dtype.js";
import { readNpy, readSafetensors, writeNpy, writeSafetensors } from "../../../src/tensor/files/index.js";
import { testEngine } from "../../engine/engines.js";

test("a file's tensor is what engine.fromBits takes, and bits() is what files take", async () => {
  const engine = testEngine();
  const written = new Map(
    await Promise.all(
      dtypes.map(async (dtype) => {
        const tensor = engine.tensor([[1, 0, 2]], { dtype });
        return [dtype, { shape: tensor.shape, dtype, bits: await tensor.bits() }] as const;
      }),
    ),
  );
  for (const [, file] of readSafetensors(writeSafetensors(written)).tensors) {
    const tensor = engine.fromBits(file.bits, file);
    expect([tensor.dtype, tensor.shape, Array.from(tensor.dataSync())]).toEqual([file.dtype, [1, 3], [1, 0, 2]]);
  }
  const file = readNpy(writeNpy({ shape: [2], dtype: "f16", bits: Uint16Array.of(0x3c00, 0xc000) }));
  expect(engine.fromBits(file.bits, file).dataSync()).toEqual(Float32Array.of(1, -2));
});
