/**
 * Every shader variant through the whole front end of Dawn, on its null backend: also those that no software adapter can run.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { create, globals } from "webgpu";
import type { Dispatch } from "../../../src/backends/webgpu/run.js";
import { assembleShader } from "../../../src/backends/webgpu/shader.js";
import { sources } from "../../support/shaders.js";

const features = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"] as const;
type Variant = Pick<Dispatch, "constants" | "features">;

const each = <K extends string>(name: K, values: readonly (string | number | boolean)[]): Variant[] =>
  values.map((value) => ({ constants: { [name]: value } }));
const flags = (...names: string[]): Variant[] => names.flatMap((name) => each(name, [true, false]));
const merge = (variants: readonly Variant[]): Variant => ({
  constants: Object.assign({}, ...variants.map(({ constants }) => constants)),
});

/** Beyond the defaults of each file: what its operation may ask for. */
const variants: Record<string, Variant[]> = {
  "matmul-quads": [
    ...flags("TRANSPOSE_A", "TRANSPOSE_B", "HAS_BIAS", "EDGES"),
    ...each("ACTIVATION", [4, 21, 23, 24, 26]),
    merge([...each("WARPS_M", [4]), ...each("TRANSPOSE_A", [true]), ...each("TRANSPOSE_B", [true])]),
    ...each("WARPS_N", [1]),
    { constants: { QuadA: "vec4<f16>", QuadB: "vec4<f16>" }, features: ["shader-f16"] },
    { constants: { QuadB: "vec4<f16>", TRANSPOSE_B: true, EDGES: false }, features: ["shader-f16"] },
  ],
  "matmul-matrix": [true, false].flatMap((EDGES) =>
    [true, false].flatMap((TRANSPOSE_A) =>
      [true, false].map(
        (TRANSPOSE_B): Variant => ({
          constants: { EDGES, TRANSPOSE_A, TRANSPOSE_B, HAS_BIAS: true, ACTIVATION: 26 },
          features,
        }),
      ),
    ),
  ),
  matmul: [
    ...each("FORMAT_A", [0, 1, 2, 3, 4, 5, 8]),
    merge([...each("FORMAT_B", [2]), ...each("TRANSPOSE_A", [true]), ...each("TRANSPOSE_B", [true])]),
  ],
  attention: [
    ...flags("QUADS", "HAS_BIAS", "HAS_SLOPES", "HAS_CAP", "HAS_SINKS"),
    ...each("COLUMN_BLOCKS", [2, 8]),
    { constants: { FORMAT: 0, FORMAT_O: 0 } },
    { constants: { FORMAT: 1, FORMAT_O: 1, QUADS: false } },
  ],
  "attention-backward-queries": [
    ...flags("QUADS", "HAS_BIAS", "HAS_SLOPES", "HAS_CAP", "BIAS_GRADIENT"),
    ...each("COLUMN_BLOCKS", [4]),
  ],
  "attention-backward-keys": [
    ...flags("QUADS", "HAS_BIAS", "HAS_SLOPES", "HAS_CAP"),
    ...each("K_BLOCKS", [4]),
    ...each("V_BLOCKS", [4]),
  ],
  "attention-merge": [...flags("HAS_SINKS"), ...each("FORMAT_O", [0, 1])],
};

/** Files that are no WGSL without a feature. */
const needed: Record<string, Dispatch["features"]> = { "matmul-matrix": features };

describe("every shader compiles", () => {
  let gpu: GPU | undefined;
  let device: GPUDevice | undefined;

  beforeAll(async () => {
    for (const [key, value] of Object.entries(globals)) {
      if (!(key in globalThis)) Object.defineProperty(globalThis, key, { value, configurable: true });
    }
    gpu = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]) as GPU;
    const adapter = await gpu.requestAdapter();
    device = await adapter?.requestDevice({ requiredFeatures: [...features] as GPUFeatureName[] });
  });
  afterAll(() => {
    device?.destroy();
    gpu = undefined;
  });

  const rows = Object.entries(sources).flatMap(([name, shader]) =>
    [{ ...(needed[name] ? { features: needed[name] } : {}) }, ...(variants[name] ?? [])].map(
      (variant: Variant) => [`${name} ${JSON.stringify(variant.constants ?? {})}`, { shader, ...variant }] as const,
    ),
  );

  test.each(rows)("%s", async (label, variant) => {
    const module = device?.createShaderModule({ code: assembleShader({ label, ...variant } as Dispatch) });
    const messages = (await module?.getCompilationInfo())?.messages.filter(({ type }) => type === "error") ?? [];
    expect(messages.map(({ message, lineNum }) => `${lineNum}: ${message}`)).toEqual([]);
  });
});
