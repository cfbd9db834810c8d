/** The formats that L-Mul reads and is compared with, coded and decoded by the kernels of every backend. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { cast } from "../../../src/ops/cast.js";
import { decodeTable } from "../../../src/tensor/codecs.js";
import { difference, openTargets } from "./backends.js";
import { encodings } from "./goldens.js";

const { targets, gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

describe.each(targets)("$name", ({ engine, on }) => {
  test.each(["e4m3", "e5m2"] as const)("%s codes of every bf16 pattern", async (dtype) => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const every = engine.fromBits(patterns, { shape: [65536], dtype: "bf16" });
    const codes = (await cast(every, dtype, { on }).bits()) as Uint8Array;
    expect(createHash("sha256").update(codes).digest("hex")).toBe(encodings[dtype]);
  });

  test.each(["e4m3", "e5m2"] as const)("the value of every %s code", async (dtype) => {
    const every = engine.fromBits(
      Uint8Array.from({ length: 256 }, (_, i) => i),
      { shape: [256], dtype },
    );
    const values = await cast(every, "f32", { on }).data();
    expect(difference(values, decodeTable(dtype))).toBeUndefined();
  });
});
