/** Every operation's gradient against central differences in float64, on every backend. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkGradients } from "../../src/autograd/index.js";
import { createEngine } from "../../src/create-engine.js";
import type { Engine } from "../../src/engine/engine.js";
import { heldBy, openFor, testBackends } from "../support/engines.js";
import {
  binaryCases,
  type GradientCase,
  movementCases,
  normalizeCases,
  reduceCases,
  unaryCases,
  valuesOf,
} from "./cases.js";
import { attentionCases, matmulCases } from "./product-cases.js";

/** Runs the operation itself in f64. */
let reference: Engine;
beforeAll(async () => {
  reference = await createEngine({ webgpu: false, threads: 1 });
});
afterAll(() => reference.destroy());

function inDoubles({ run, shapes }: GradientCase) {
  return (...values: Float64Array[]) =>
    reference.scope(() => {
      const operands = values.map((each, index) => reference.tensor(each, { shape: shapes[index] as number[] }));
      return run(...operands).dataSync() as Float64Array;
    });
}

const families: readonly [string, readonly GradientCase[]][] = [
  ["functions of one number", unaryCases],
  ["arithmetic", binaryCases],
  ["movement", movementCases],
  ["reductions", reduceCases],
  ["normalisation", normalizeCases],
  ["matmul", matmulCases],
  ["attention", attentionCases],
];

describe.each(testBackends)("gradients on $name", (backend) => {
  const engine = openFor(backend);

  describe.each(families)("of %s", (_, cases) => {
    test.each(cases)("$name", async (one) => {
      const before = heldBy(engine());
      const operands = valuesOf(one).map((values, index) =>
        engine().tensor(Float32Array.from(values), { shape: one.shapes[index] as number[] }),
      );
      const report = await checkGradients(one.run, operands, {
        of: operands.map((_, index) => index),
        oracle: one.oracle ?? inDoubles(one),
        // f32 rounds the operands' values in the rules, too.
        tolerance: 2e-5,
      });
      expect(report.passed, JSON.stringify(report)).toBe(true);
      for (const operand of operands) operand.dispose();
      expect(heldBy(engine())).toBe(before);
    });
  });
});
