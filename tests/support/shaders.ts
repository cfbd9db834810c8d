/** Every generated shader by its name. */
import { readdirSync } from "node:fs";

const folder = new URL("../../src/generated/shaders/", import.meta.url);

export const sources: Readonly<Record<string, string>> = Object.fromEntries(
  await Promise.all(
    readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .map(async (file) => {
        const { source } = (await import(new URL(file, folder).href)) as { source: string };
        return [file.replace(/\.ts$/, ""), source] as const;
      }),
  ),
);
