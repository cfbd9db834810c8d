/** The examples of the README run as they stand, one after the other, in a program that has installed the package. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { output } from "../support/child.js";

const user = inject("userProject");

/** All examples as one program: the imports first, each name once. */
function program(markdown: string): string {
  const blocks = [...markdown.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code as string);
  const names = new Map<string, Set<string>>();
  const body = blocks.join("\n").replace(/^import \{ (.*) \} from "(.*)";$/gm, (_, list: string, from: string) => {
    const known = names.get(from) ?? new Set<string>();
    for (const name of list.split(", ")) known.add(name);
    names.set(from, known);
    return "";
  });
  const imports = [...names].map(([from, known]) => `import { ${[...known].join(", ")} } from "${from}";`);
  return [...imports, body, "engine.destroy();"].join("\n");
}

test("the examples of the README run", async () => {
  const script = join(user, "readme.mjs");
  writeFileSync(script, program(readFileSync("README.md", "utf8")));
  const printed = await output(process.execPath, [script], user);
  // exp([[7, 10], [15, 22]]), and three times a.
  expect(printed).toContain("1096.6");
  expect(printed).toContain("Float32Array(4) [ 3, 6, 9, 12 ]");
});
