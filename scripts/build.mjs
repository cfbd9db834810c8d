/**
 * The whole build: kernels, shaders, TypeScript (JavaScript, declarations and source maps into dist/), the command.
 *
 *   node scripts/build.mjs
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildCli } from "./build-cli.mjs";
import { buildKernels } from "./build-kernels.mjs";
import { buildShaders } from "./build-shaders.mjs";
import { root } from "./lib/files.mjs";

function run(label, ...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`${label} failed`);
}

try {
  await buildKernels();
  buildShaders();
  run("tsc", join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json");
  await buildCli();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
