/** Deno takes the web build, from node_modules, and brings a WebGPU of its own (wgpu): the one host here with f16 shaders. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { lavapipeEnvironment } from "../../src/cli/software-adapter.js";
import { output } from "../support/child.js";

const user = inject("userProject");
const driver = lavapipeEnvironment();

beforeAll(() => {
  for (const name of ["scenario.mjs", "halves.mjs"]) copyFileSync(`tests/hosts/${name}`, join(user, name));
});

/** @param call of `scenario` or `halves`, as Deno sees it */
async function run(call: string): Promise<Record<string, unknown>> {
  const script = join(user, "deno-user.mjs");
  writeFileSync(
    script,
    `import * as wavefold from "wavefold";
import { scenario } from "./scenario.mjs";
import { halves } from "./halves.mjs";
console.log(JSON.stringify(await ${call}));
Deno.exit(0);`,
  );
  const env = { ...process.env, ...driver, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(user, ".deno") };
  const text = await output(resolve("node_modules/.bin/deno"), ["run", "--allow-all", script], user, env);
  return JSON.parse(text.trim().split("\n").at(-1) as string);
}

test("a Deno program runs on WebAssembly", async () => {
  expect(await run("scenario(wavefold, {})")).toMatchObject({ refused: "ShapeError E_SHAPE", leaked: 0 });
});

test("a Deno program runs on WebGPU", async ({ skip }) => {
  skip(driver === undefined, "no lavapipe driver: sudo apt-get install mesa-vulkan-drivers");
  const report = await run('scenario(wavefold, { webgpu: "software" }, "webgpu")');
  expect(report).toMatchObject({ refused: "ShapeError E_SHAPE", leaked: 0 });
});

test("f16 shaders give what WebAssembly gives", async ({ skip }) => {
  skip(driver === undefined, "no lavapipe driver: sudo apt-get install mesa-vulkan-drivers");
  const report = await run('halves(wavefold, { webgpu: "software" })');
  expect(report).toMatchObject({ variant: "quads 64x64", product: 0, mixed: 0, transposed: 0 });
  // One rounding of f16 apart: 2^-11 of results up to 4 and up to e^4.
  expect(report.attention).toBeLessThanOrEqual(2 ** -8);
  expect(report.exp).toBeLessThanOrEqual(2 ** -5);
});
