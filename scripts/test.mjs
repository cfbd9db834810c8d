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

/** Runs Vitest in a process group of its own, leaves none of the processes that it started behind, and reads the summary. */
async function runTests(...args) {
  rmSync(summaryPath, { force: true });
  const env = { ...process.env, ...(gpu ? { WAVEFOLD_TEST_GPU: "1" } : {}) };
  const grouped = process.platform !== "win32";
  const runner = ["node_modules/vitest/vitest.mjs", "run", ...args];
  const child = spawn(process.execPath, runner, { cwd: root, stdio: "inherit", env, detached: grouped });
  const endGroup = (signal) => {
    try {
      process.kill(grouped ? -child.pid : child.pid, signal);
    } catch {
      // All of them have left by themselves.
    }
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => endGroup(signal));
  await new Promise((resolve) => child.on("exit", resolve));
  endGroup("SIGKILL");
  const nothing = { passed: 0, failed: 0, skipped: [], errors: [], unfinished: [] };
  return existsSync(summaryPath)
    ? JSON.parse(readFileSync(summaryPath, "utf8"))
    : { ...nothing, errors: ["the test runner ended without a summary"] };
}

/**
 * All tests. Those of files that hung have another try, once: a driver that is stuck says nothing about the code under test,
 * and a defect of ours hangs again.
 */
async function verdict() {
  const first = await runTests(...vitestArguments);
  if (first.unfinished.length === 0) return first;
  console.log(`these test files did not end and are run again: ${first.unfinished.join(", ")}`);
  const second = await runTests(...first.unfinished);
  return {
    passed: first.passed + second.passed,
    failed: first.failed + second.failed,
    skipped: [...first.skipped, ...second.skipped],
    errors: [...first.errors, ...second.errors, ...second.unfinished.map((file) => `${file} hung twice`)],
  };
}

function report({ passed, failed, skipped, errors }) {
  for (const { name, reason } of skipped) console.log(`not run: ${name} (${reason})`);
  for (const error of errors) console.log(`error: ${error}`);
  const inCi = process.env.CI === "true";
  if (skipped.length && inCi) console.log("A test that did not run is a failure in CI.");
  const bad = failed + errors.length;
  console.log(`${passed} passed, ${bad} failed${skipped.length ? `, ${skipped.length} skipped` : ""}`);
  return bad > 0 || passed === 0 || (skipped.length > 0 && inCi) ? 1 : 0;
}

try {
  ensureNodeModules();
  if (!gpu) ensureSystemPackages();
  if (!build()) throw new Error("the build failed");
  process.exitCode = report(await verdict());
} catch (error) {
  console.error(error.message);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
