/**
 * The whole build: kernels, shaders, TypeScript (JavaScript, declarations and source maps into dist/), the command. Each step
 * is skipped while nothing that it depends on has changed.
 *
 *   node scripts/build.mjs
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { buildCli } from "./build-cli.mjs";
import { buildKernels } from "./build-kernels.mjs";
import { buildShaders } from "./build-shaders.mjs";
import { digest, filesBelow, root } from "./lib/files.mjs";

const stamp = join(root, "dist/.work/typescript.digest");
const configs = ["tsconfig.json", "tsconfig.build.json", "package.json", "node_modules/typescript/package.json"];

function buildTypeScript() {
  const sources = filesBelow(join(root, "src"), ".ts").filter((path) => !relative(root, path).startsWith("src/cli/"));
  const inputs = [...configs.map((name) => join(root, name)), ...sources];
  const current = digest(inputs.flatMap((path) => [relative(root, path), readFileSync(path, "utf8")]));
  const outputs = sources.map((path) => join(root, "dist", `${relative(join(root, "src"), path).slice(0, -3)}.js`));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === current && outputs.every(existsSync)) return;
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("tsc failed");
  writeFileSync(stamp, current);
}

try {
  await buildKernels();
  buildShaders();
  buildTypeScript();
  await buildCli();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
