/**
 * Every shader variant through the whole front end of Dawn, and into a pipeline within the limits that every device has, on
 * its null backend: also those that no software adapter can run.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { create, globals } from "webgpu";
import { PipelineCache } from "../../../src/backends/webgpu/pipelines.js";
import { assembleShader } from "../../../src/backends/webgpu/shader.js";
import { sources } from "../../support/shaders.js";
import { combined, matrixFeatures, needed, own, ruleOwn, type Variant, values } from "./shader-variants.js";

/** Constants with a value of their own: [name, type]. */
const constantsOf = (text: string) =>
  [...text.matchAll(/^const (\w+)\s*:\s*(bool|u32)\s*=\s*(?:\d+u?|0x[\da-f]+u|true|false);/gm)].map(
    ([, name, type]) => [name as string, type as string] as const,
  );

const entryPointsOf = (text: string) =>
  [...text.matchAll(/@compute[^{]*?\bfn (\w+)/g)].map(([, name]) => name as string);

function variantsOf(name: string): Variant[] {
  const flags = constantsOf(sources[name] as string)
    .filter(([, type]) => type === "bool")
    .flatMap(([flag]) => [{ constants: { [flag]: true } }, { constants: { [flag]: false } }]);
  const singles = Object.entries(values[name] ?? {}).flatMap(([key, list]) =>
    list.map((value) => ({ constants: { [key]: value } })),
  );
  const features = needed[name];
  return [{}, ...flags, ...singles, ...(combined[name] ?? [])].map((variant) => ({
    ...(features ? { features } : {}),
    ...variant,
  }));
}

describe("every shader compiles", () => {
  let gpu: GPU | undefined;
  let device: GPUDevice;

  beforeAll(async () => {
    for (const [key, value] of Object.entries(globals)) {
      if (!(key in globalThis)) Object.defineProperty(globalThis, key, { value, configurable: true });
    }
    gpu = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]) as GPU;
    const adapter = (await gpu.requestAdapter()) as GPUAdapter;
    device = await adapter.requestDevice({ requiredFeatures: [...matrixFeatures] as GPUFeatureName[] });
  });
  afterAll(() => {
    device.destroy();
    gpu = undefined;
  });

  test.each(Object.keys(sources))("%s", async (name) => {
    const shader = sources[name] as string;
    const pipelines = new PipelineCache(device, new Map());
    const failures: string[] = [];
    for (const variant of variantsOf(name)) {
      device.pushErrorScope("validation");
      const call = { label: name, shader, params: [], ...variant };
      // The null backend has no more workgroup memory than the defaults, which matrix units need.
      if (name in needed) device.createShaderModule({ code: assembleShader(call) });
      else for (const entryPoint of entryPointsOf(shader)) pipelines.get({ ...call, entryPoint });
      const error = await device.popErrorScope();
      if (error) failures.push(`${JSON.stringify(variant.constants ?? {})}: ${error.message}`);
    }
    expect(failures).toEqual([]);
  });

  test.each(Object.keys(sources))("every constant of %s is a flag, has its values listed, or is its own", (name) => {
    const unknown = constantsOf(sources[name] as string)
      .filter(([key, type]) => type !== "bool" && !own.has(key) && !ruleOwn.has(key) && !values[name]?.[key])
      .map(([key]) => key);
    expect(unknown).toEqual([]);
  });
});
