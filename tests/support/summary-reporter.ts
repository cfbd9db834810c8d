/** Leaves a summary of the run for scripts/test.mjs, which prints the closing lines. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

const path = "dist/.work/test-summary.json";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]) {
    let passed = 0;
    let failed = 0;
    const skipped: { name: string; reason: string }[] = [];
    const errors = unhandled.map((error) => error.message);
    for (const module of modules) {
      errors.push(...module.errors().map((error) => `${module.moduleId}: ${error.message}`));
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") passed++;
        else if (result.state === "failed") failed++;
        else
          skipped.push({
            name: test.fullName,
            reason: result.state === "skipped" ? (result.note ?? "no reason given") : "not started",
          });
      }
    }
    mkdirSync("dist/.work", { recursive: true });
    writeFileSync(path, JSON.stringify({ passed, failed, skipped, errors }));
  }
}
