/** The text of every shader by its name. */
import { readdirSync } from "node:fs";
import { coreShaders } from "../../src/backends/webgpu/core-shaders.js";
import type { Dispatch } from "../../src/backends/webgpu/run.js";

const folder = new URL("../../src/generated/shaders/", import.meta.url);
const core = await coreShaders();

export const sources: Readonly<Record<string, string>> = Object.fromEntries(
  await Promise.all(
    readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .map(async (file) => {
        const { source } = (await import(new URL(file, folder).href)) as { source: Dispatch["shader"] };
        return [
          file.replace(/\.ts$/, ""),
          typeof source === "string" ? source : (core.get(source.core) as string),
        ] as const;
      }),
  ),
);
