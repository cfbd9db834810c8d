/**
 * `npm start`: from a fresh clone to the tour. Installs and builds what is missing, then runs `wavefold tour` with the
 * arguments given after `--`.
 */
import { spawnSync } from "node:child_process";
import { root } from "./lib/files.mjs";
import { ensureNodeModules } from "./lib/install.mjs";

const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;

try {
  ensureNodeModules();
  process.exitCode = run("scripts/build.mjs") || run("dist/cli/wavefold.js", "tour", ...process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
