/** What a formatter and a compiler can say about the whole repository. */
import { expect, test } from "vitest";
import { output } from "../support/child.js";

const node = (...args: string[]) => output(process.execPath, args, process.cwd(), { ...process.env, NO_COLOR: "1" });

test("formatting and lint rules hold everywhere", async () => {
  await expect(node("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings")).resolves.toBeDefined();
});

test("every source, test and benchmark type-checks", async () => {
  await expect(node("node_modules/typescript/bin/tsc", "-p", "tsconfig.json")).resolves.toBeDefined();
});

test("the documentation of the API has no broken link", async () => {
  await expect(node("node_modules/typedoc/bin/typedoc", "--emit", "none")).resolves.toBeDefined();
});
