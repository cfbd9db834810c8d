/**
 * `npm test`: from a fresh clone to a verdict. Installs and builds what is missing, runs every test, lists what could not run
 * here and why, and ends with the line `N passed, N failed` (`, N skipped`). A skipped test is a failure under CI=true.
 *
 *   node scripts/test.mjs [--gpu] [vitest arguments...]
 *
 * --gpu runs the numeric tests on this machine's real adapter, with the variants that no software adapter can run.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/files.mjs";
import { ensureNodeModules, ensureSystemPackages } from "./lib/install.mjs";

const gpu = process.argv.includes("--gpu");
const vitestArguments = process.argv.slice(2).filter((argument) => argument !== "--gpu");
const summaryPath = join(root, "dist/.work/test-summary.json");

function build() {
  return spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: root, stdio: "inherit" }).status === 0;
}

/** Runs the tests in a process group of their own, and leaves none of the processes that they started behind. */
function runTests() {
  const env = { ...process.env, ...(gpu ? { WAVEFOLD_TEST_GPU: "1" } : {}) };
  const grouped = process.platform !== "win32";
  const args = ["node_modules/vitest/vitest.mjs", "run", ...vitestArguments];
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit", env, detached: grouped });
  const endGroup = (signal) => {
    try {
      process.kill(grouped ? -child.pid : child.pid, signal);
    } catch {
      // All of them have left by themselves.
    }
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => endGroup(signal));
  return new Promise((resolve) => {
    child.on("exit", (code) => {
      endGroup("SIGKILL");
      resolve(code ?? 1);
    });
  });
}

function report(status) {
  const summary = existsSync(summaryPath)
    ? JSON.parse(readFileSync(summaryPath, "utf8"))
    : { passed: 0, failed: 0, skipped: [], errors: ["the test runner ended without a summary"] };
  for (const { name, reason } of summary.skipped) console.log(`not run: ${name} (${reason})`);
  for (const error of summary.errors) console.log(`error: ${error}`);
  const skipped = summary.skipped.length;
  const inCi = process.env.CI === "true";
  if (skipped && inCi) console.log("A test that did not run is a failure in CI.");
  const failed = summary.failed + summary.errors.length;
  console.log(`${summary.passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
  return status !== 0 || failed > 0 || (skipped > 0 && inCi) ? 1 : 0;
}

try {
  ensureNodeModules();
  if (!gpu) ensureSystemPackages();
  if (!build()) throw new Error("the build failed");
  rmSync(summaryPath, { force: true });
  process.exitCode = report(await runTests());
} catch (error) {
  console.error(error.message);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
