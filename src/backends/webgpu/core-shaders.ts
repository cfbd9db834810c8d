/** The text of the core's own shaders. A host without a GPU never asks for it, and so never downloads it. */
import { loadShaders } from "#wasm/core";
import { UnsupportedError } from "../contract.js";

export type ShaderTexts = ReadonlyMap<string, string>;

/** Kept for the next device, which may be made when the network is gone. */
let loading: Promise<ShaderTexts> | undefined;

/** @throws UnsupportedError when the texts cannot be had; a later call tries again */
export function coreShaders(): Promise<ShaderTexts> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw new UnsupportedError("webgpu", `the shaders could not be loaded: ${String(error)}`, { cause: error });
  });
  return loading;
}

async function load(): Promise<ShaderTexts> {
  const parts = await loadShaders();
  const textOf = (name: string): string => parts[name]?.text ?? "";
  return new Map(
    Object.entries(parts).map(([name, { text, includes = [] }]) => [name, [...includes.map(textOf), text].join("\n")]),
  );
}
