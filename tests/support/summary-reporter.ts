/**
 * Leaves a summary of the run for scripts/test.mjs, which prints the closing lines, and ends a run that hangs: a test's own
 * time limit cannot fire where its process is stuck in a call that never returns.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";

const path = "dist/.work/test-summary.json";
/** Longer than the limit of any test, so that the limit speaks first. */
const silenceEndsRun = 8 * 60_000;
const closingEndsRun = 60_000;
const lookEvery = 30_000;

interface Summary {
  passed: number;
  failed: number;
  skipped: { name: string; reason: string }[];
  errors: string[];
}

export default class SummaryReporter implements Reporter {
  readonly #modules = new Set<TestModule>();
  readonly #running = new Set<string>();
  #lastEvent = Date.now();
  #watch: NodeJS.Timeout | undefined;

  onTestRunStart() {
    this.#watch = setInterval(() => this.#look(), lookEvery);
  }

  onTestModuleStart(module: TestModule) {
    this.#lastEvent = Date.now();
    this.#modules.add(module);
  }

  onTestCaseReady(test: TestCase) {
    this.#lastEvent = Date.now();
    this.#running.add(nameOf(test));
  }

  onTestCaseResult(test: TestCase) {
    this.#lastEvent = Date.now();
    this.#running.delete(nameOf(test));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]) {
    clearInterval(this.#watch);
    const summary = summaryOf(modules);
    summary.errors.push(...unhandled.map((error) => error.message));
    write(summary);
    // Vitest waits for its processes to leave; one that does not must not hold up the verdict.
    setTimeout(() => process.exit(), closingEndsRun).unref();
  }

  #look() {
    const silent = Date.now() - this.#lastEvent;
    if (silent < 2 * lookEvery) return;
    const running = [...this.#running].join("; ") || "no test (set-up or tear-down)";
    console.log(`no test has ended for ${Math.round(silent / 1000)} s; running: ${running}`);
    if (silent < silenceEndsRun) return;
    const summary = summaryOf([...this.#modules]);
    // Those that were never reached are no reason to look for one.
    write({ ...summary, skipped: [], errors: [`the run hung and was ended; running: ${running}`] });
    process.exit(1);
  }
}

function nameOf(test: TestCase) {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

function summaryOf(modules: readonly TestModule[]): Summary {
  const summary: Summary = { passed: 0, failed: 0, skipped: [], errors: [] };
  for (const module of modules) {
    summary.errors.push(...module.errors().map((error) => `${module.moduleId}: ${error.message}`));
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === "passed") summary.passed++;
      else if (result.state === "failed") summary.failed++;
      else
        summary.skipped.push({
          name: test.fullName,
          reason: result.state === "skipped" ? (result.note ?? "no reason given") : "not started",
        });
    }
  }
  return summary;
}

function write(summary: Summary) {
  mkdirSync("dist/.work", { recursive: true });
  writeFileSync(path, JSON.stringify(summary));
}
