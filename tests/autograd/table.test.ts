/** No operation without a word on its gradient. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { gradientOf } from "../../src/autograd/table.js";
import type { AnySpec } from "../../src/engine/placement.js";
import * as core from "../../src/index.js";
import * as recurrence from "../../src/ops/recurrence/index.js";

const specsOf = (exports: object) =>
  Object.entries(exports).flatMap(([name, value]) => {
    const spec = (value as { spec?: AnySpec }).spec;
    return spec ? [{ name, spec }] : [];
  });
const specs = specsOf(core);

const systems = readdirSync("src/systems", { withFileTypes: true }).filter((entry) => entry.isDirectory());
const ofSystems = await Promise.all(systems.map(({ name }) => import(`../../src/systems/${name}/index.ts`)));

/** Backward operations, since gradients of gradients are not supported, steps in place, products of matrices, what L-Mul is measured by. */
const isRefused = (name: string) => /Backward$|Step$|^matrixScan$|^baselineAttention$/.test(name);

test.each([...specs, ...specsOf(recurrence), ...ofSystems.flatMap(specsOf)])(
  "$name has a gradient, or says that its results are constants",
  ({ name, spec }) => {
    const gradient = gradientOf(spec);
    if (isRefused(name)) expect(gradient).toBeUndefined();
    else if (typeof gradient !== "function") expect(gradient?.constant).toMatch(/\w/);
  },
);

test("the table knows what is flat", () => {
  const flat = specs.filter(({ spec }) => typeof gradientOf(spec) !== "function").map(({ name }) => name);
  const steps = ["sign", "floor", "ceil", "round", "trunc"];
  const comparisons = ["eq", "ne", "lt", "le", "gt", "ge"];
  const random = ["randomBits", "randomUniform", "randomNormal", "randomInt"];
  expect(flat.sort()).toEqual(
    [...steps, ...comparisons, ...random, "argmax", "argmin", "fill", "attentionBackward"].sort(),
  );
});
