/**
 * From shader text to the text of one variant. A shader file is complete WGSL with defaults; a variant replaces the
 * values of its constants and aliases and enables the features it needs:
 *
 *   const TILE: u32 = 64;    ->  const TILE: u32 = 32;
 *   alias Element = f32;     ->  alias Element = f16;
 */
import { KernelError } from "../contract.js";
import type { Dispatch, ShaderFeature } from "./run.js";

const enableNames: Record<ShaderFeature, string> = {
  "shader-f16": "f16",
  subgroups: "subgroups",
  "chromium-experimental-subgroup-matrix": "chromium_experimental_subgroup_matrix",
};

export function assembleShader({
  label,
  shader,
  constants = {},
  features = [],
}: Pick<Dispatch, "label" | "constants" | "features"> & { readonly shader: string }): string {
  let text = shader;
  for (const [name, value] of Object.entries(constants)) {
    const line = new RegExp(`^((?:const ${name}\\s*:\\s*[\\w<>]+|alias ${name})\\s*=\\s*)[^;]*;`, "m");
    if (!line.test(text)) throw new KernelError(label, `the shader has no constant or alias ${name}`);
    text = text.replace(line, (_, head: string) => `${head}${value};`);
  }
  return features.map((feature) => `enable ${enableNames[feature]};\n`).join("") + text;
}

/** How each storage binding (1, 2, ...) is declared: what an explicit bind group layout needs. */
export function storageAccess(text: string): GPUBufferBindingType[] {
  const access: GPUBufferBindingType[] = [];
  const declaration = /@binding\((\d+)\)\s*var<storage(?:\s*,\s*(read_write|read))?>/g;
  for (const [, binding, mode] of text.matchAll(declaration)) {
    access[Number(binding) - 1] = mode === "read_write" ? "storage" : "read-only-storage";
  }
  return access;
}
