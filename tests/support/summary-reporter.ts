/**
 * Leaves a summary of the run for scripts/test.mjs, which prints the closing lines, and ends a run that hangs. A test's own
 * time limit cannot fire where its process is stuck in a call that never returns, and Vitest waits for ever for a process
 * that a signal ended while it was being asked to stop.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, SerializedError, TestCase, TestModule, TestSpecification } from "vitest/node";

const path = "dist/.work/test-summary.json";
const lookEvery = 30_000;
/** Longer than the limit of any test, so that the limit speaks first. */
const silenceEndsRun = 5 * 60_000;
/** When every test has its result, and only processes are left to leave. */
const leavingEndsRun = 60_000;

export interface Summary {
  passed: number;
  failed: number;
  skipped: { name: string; reason: string }[];
  errors: string[];
  /** Files that hung, or were not reached because others did. */
  unfinished: string[];
}

export default class SummaryReporter implements Reporter {
  #files: string[] = [];
  readonly #ended = new Map<string, TestModule>();
  readonly #running = new Set<string>();
  #lastEvent = Date.now();
  #watch: NodeJS.Timeout | undefined;

  onTestRunStart(specifications: readonly TestSpecification[]) {
    this.#files = specifications.map(({ moduleId }) => moduleId);
    this.#watch = setInterval(() => this.#look(), lookEvery);
  }

  onTestCaseReady(test: TestCase) {
    this.#running.add(this.#seen(test));
  }

  onTestCaseResult(test: TestCase) {
    this.#running.delete(this.#seen(test));
  }

  onTestModuleEnd(module: TestModule) {
    this.#lastEvent = Date.now();
    this.#ended.set(module.moduleId, module);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]) {
    clearInterval(this.#watch);
    const summary = summaryOf(modules);
    summary.errors.push(...unhandled.map((error) => error.message));
    write(summary);
    setTimeout(() => process.exit(), leavingEndsRun).unref();
  }

  #seen(test: TestCase): string {
    this.#lastEvent = Date.now();
    return `${test.module.relativeModuleId} > ${test.fullName}`;
  }

  #look() {
    const silent = Date.now() - this.#lastEvent;
    if (silent < leavingEndsRun) return;
    const unfinished = this.#files.filter((file) => !this.#ended.has(file)).map((file) => relative(".", file));
    const running = [...this.#running].join("; ") || unfinished.join(", ") || "processes that do not leave";
    console.log(`no test has ended for ${Math.round(silent / 1000)} s; running: ${running}`);
    if (unfinished.length > 0 && silent < silenceEndsRun) return;
    const summary = summaryOf([...this.#ended.values()]);
    write({ ...summary, unfinished });
    process.exit(summary.failed > 0 || unfinished.length > 0 ? 1 : 0);
  }
}

function summaryOf(modules: readonly TestModule[]): Summary {
  const summary: Summary = { passed: 0, failed: 0, skipped: [], errors: [], unfinished: [] };
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
