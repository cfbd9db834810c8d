/** The `wavefold` command: reads the command line, runs one subcommand, ends with a documented exit code. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import pc from "picocolors";
import { addBench } from "./commands/bench.js";
import { addCalibrate } from "./commands/calibrate.js";
import { addConjecture } from "./commands/conjecture.js";
import { addExplain } from "./commands/explain.js";
import { addIdentify } from "./commands/identify.js";
import { addInfo } from "./commands/info.js";
import { addLMul } from "./commands/lmul.js";
import { addPsi } from "./commands/psi.js";
import { addRecurrence } from "./commands/recurrence.js";
import { addTour } from "./commands/tour.js";
import { addUnit } from "./commands/unit.js";
import { addWorker } from "./commands/worker.js";
import { outcomeOf } from "./failure.js";
import { note } from "./output.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

function program(): Command {
  const command = new Command("wavefold")
    .description("Runs recurrences and the arithmetic under them on WebAssembly SIMD and WebGPU.")
    .version(version)
    .configureHelp({ sortSubcommands: true })
    .addHelpText(
      "after",
      `
Examples:
  $ wavefold info
  $ wavefold tour
  $ wavefold explain matmul 512x512 512x512
  $ wavefold recurrence 0 1 1 2 3 5 8

Exit codes: 0 done, 1 failed, 2 the command line makes no sense, 130 interrupted.`,
    )
    .exitOverride();
  for (const add of [
    addInfo,
    addCalibrate,
    addExplain,
    addTour,
    addBench,
    addLMul,
    addPsi,
    addRecurrence,
    addConjecture,
    addIdentify,
    addUnit,
    addWorker,
  ])
    add(command);
  return command;
}

try {
  await program().parseAsync();
  process.exitCode = 0;
} catch (error) {
  const { code, message } = outcomeOf(error);
  if (message) note(pc.red(message));
  process.exitCode = code;
}
