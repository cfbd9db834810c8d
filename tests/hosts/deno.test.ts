/** Deno takes the web build, from node_modules, and brings a WebGPU of its own (wgpu): the one host here with f16 shaders. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { lavapipeEnvironment } from "../../src/cli/software-adapter.js";
import { output } from "../support/child.js";

const user = inject("userProject");
const driver = lavapipeEnvironment();

beforeAll(() => copyFileSync("tests/hosts/scenario.mjs", join(user, "scenario.mjs")));

async function run(options: string, on?: string): Promise<Record<string, unknown>> {
  const script = join(user, "deno-user.mjs");
  writeFileSync(
    script,
    `import * as wavefold from "wavefold";
import { scenario } from "./scenario.mjs";
console.log(JSON.stringify(await scenario(wavefold, ${options}, ${JSON.stringify(on)})));
Deno.exit(0);`,
  );
  const env = { ...process.env, ...driver, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(user, ".deno") };
  const text = await output(resolve("node_modules/.bin/deno"), ["run", "--allow-all", script], user, env);
  return JSON.parse(text.trim().split("\n").at(-1) as string);
}

test("a Deno program runs on WebAssembly", async () => {
  expect(await run("{}")).toMatchObject({ refused: "ShapeError E_SHAPE", leaked: 0 });
});

test("a Deno program runs on WebGPU", async ({ skip }) => {
  skip(driver === undefined, "no lavapipe driver: sudo apt-get install mesa-vulkan-drivers");
  expect(await run('{ webgpu: "software" }', "webgpu")).toMatchObject({ refused: "ShapeError E_SHAPE", leaked: 0 });
});
