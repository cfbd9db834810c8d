/** `wavefold worker`: computes units of a queue or a shared folder until it is told to stop. */
import type { Command } from "commander";
import { runWorker } from "../../jobs/index.js";
import { UsageError } from "../failure.js";
import { addQueueFlags, positive, type QueueFlags, queueOf, stopSignals, unitScript } from "../jobs/flags.js";
import { kindsWith } from "../jobs/kinds.js";
import { note } from "../output.js";

interface Flags extends QueueFlags {
  readonly redis?: string;
  readonly directory?: string;
  readonly threads: number;
  readonly name?: string;
  readonly state?: string;
  readonly kinds?: string;
  readonly untilEmpty?: boolean;
}

export function addWorker(program: Command): void {
  addQueueFlags(program.command("worker"))
    .description("compute units of a search for its coordinator")
    .option("--redis <url>", "take units from a Redis or Valkey (or the environment's WAVEFOLD_REDIS)")
    .option("--directory <folder>", "take units from a shared folder")
    .option("--threads <count>", "units at once", positive, 1)
    .option("--name <name>", "this worker's name in reports, unlike every other's")
    .option("--state <folder>", "where finished results and checkpoints are kept")
    .option("--kinds <module>", "a module that exports more kinds of units")
    .option("--until-empty", "end when there is nothing to do")
    .addHelpText(
      "after",
      `
Ctrl-C or SIGTERM finishes the units that run, hands them in and ends; a second one stops at once.
A password in the environment is not seen in the list of processes.

Examples:
  $ wavefold worker --redis redis://queue.example:6379 --threads 4
  $ WAVEFOLD_REDIS=rediss://user:password@queue.example wavefold worker
  $ wavefold worker --directory /shared/search --until-empty`,
    )
    .action(async (flags: Flags) => {
      const { redis, directory, threads, name, state, kinds, untilEmpty = false } = flags;
      const url = redis ?? (directory === undefined ? process.env.WAVEFOLD_REDIS || undefined : undefined);
      if ((url === undefined) === (directory === undefined)) {
        throw new UsageError("a worker takes units from one place: --redis URL or --directory FOLDER");
      }
      const { drain, signal, release } = stopSignals();
      const counts = { completed: 0, failed: 0 };
      const begun = performance.now();
      try {
        await runWorker(await kindsWith(kinds), {
          ...(url === undefined ? {} : { queue: queueOf(url, flags) }),
          ...(directory === undefined ? {} : { directory }),
          ...(name ? { name } : {}),
          ...(state ? { state } : {}),
          ...{ threads, script: unitScript(kinds), untilEmpty, drain, signal, onNotice: note },
          onUnit({ key, state, error }) {
            if (state === "failed") note(`unit ${key.slice(0, 12)} failed: ${error}`);
            if (state === "completed" || state === "failed") counts[state]++;
          },
        });
      } finally {
        release();
        const seconds = (performance.now() - begun) / 1000;
        const rate = (counts.completed / seconds).toPrecision(3);
        note(`${counts.completed} units completed, ${counts.failed} failed, ${rate} per second`);
      }
    });
}
