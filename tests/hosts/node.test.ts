import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { output } from "../support/child.js";

const user = inject("userProject");

beforeAll(() => copyFileSync("tests/hosts/scenario.mjs", join(user, "scenario.mjs")));

async function run(options: string): Promise<Record<string, unknown>> {
  const script = join(user, "node-user.mjs");
  writeFileSync(
    script,
    `import * as wavefold from "wavefold";
import { scenario } from "./scenario.mjs";
console.log(JSON.stringify(await scenario(wavefold, ${options})));`,
  );
  return JSON.parse(await output(process.execPath, [script], user));
}

test.each([["{}"], ["{ threads: 1 }"], ["{ threads: 2 }"], ["{ deterministic: true }"]])(
  "a Node program imports the package: createEngine(%s)",
  async (options) => {
    expect(await run(options)).toMatchObject({ refused: "ShapeError E_SHAPE", leaked: 0 });
  },
);
