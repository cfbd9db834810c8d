/** `wavefold unit`: a search as plain files, for schedulers of one's own. */
import type { Command } from "commander";
import { messageOf, UnitError } from "../../jobs/errors.js";
import { writeAtomically } from "../../jobs/files/atomic.js";
import { mergeFiles, readJson, runUnitFile, splitToFiles } from "../../jobs/files/unit-files.js";
import { kindTable, type Search } from "../../jobs/unit.js";
import { ReportedFailure } from "../failure.js";
import { positive } from "../jobs/flags.js";
import { kindsWith } from "../jobs/kinds.js";
import { note } from "../output.js";

/** Of sysexits.h: input that no further try makes good, and a failure that a further try may. */
const exitBadUnit = 64;
const exitTryAgain = 75;

interface Flags {
  readonly out: string;
  readonly kinds?: string;
}

const table = async ({ kinds }: { readonly kinds?: string }) => kindTable(await kindsWith(kinds));

export function addUnit(program: Command): void {
  const unit = program
    .command("unit")
    .description("cut a search into files of units, run one, merge the results")
    .addHelpText(
      "after",
      `
Examples:
  $ wavefold unit split search.json --out units --parts 100
  $ wavefold unit run units/unit-0007.json --out units/result-0007.json
  $ wavefold unit merge units --out found.json

Exit codes of run: 0 done, 64 the unit cannot be run at all (damaged, of another version, over a limit),
75 cut off or failed: run it again, it goes on from its checkpoint.`,
    );
  unit
    .command("split <search>")
    .description('cut a search, a file { "kind": ..., "params": ... }, into a folder of units')
    .requiredOption("--out <folder>", "folder of the units")
    .option("--parts <count>", "units at most", positive, 64)
    .option("--kinds <module>", "a module that exports more kinds of units")
    .action(async (path: string, flags: Flags & { parts: number }) => {
      const search = readJson(path) as unknown as Search;
      note(`${splitToFiles(await table(flags), search, flags.parts, flags.out).length} units in ${flags.out}`);
    });
  unit
    .command("run <unit>")
    .description("run one unit; its result is written whole or not at all")
    .requiredOption("--out <file>", "file of the result")
    .option("--kinds <module>", "a module that exports more kinds of units")
    .action(async (path: string, flags: Flags) => run(path, flags));
  unit
    .command("merge <folder>")
    .description("make the file of the search from the results of its units")
    .option("--out <file>", "file of the merged result; standard output unless told")
    .option("--kinds <module>", "a module that exports more kinds of units")
    .action(async (folder: string, flags: Partial<Flags>) => merge(folder, flags));
}

async function run(path: string, flags: Flags): Promise<void> {
  const cut = new AbortController();
  const stop = () => process.exit(exitTryAgain);
  // A unit that computes does not look up: what it has checkpointed is on disk, the rest is not worth waiting for.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, stop);
  try {
    await runUnitFile(await table(flags), path, flags.out, { signal: cut.signal });
  } catch (error) {
    note(messageOf(error));
    throw new ReportedFailure(messageOf(error), error instanceof UnitError ? exitBadUnit : exitTryAgain);
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
  }
}

async function merge(folder: string, flags: Partial<Flags>): Promise<void> {
  const { rejected, missing, text } = mergeFiles(await table(flags), folder);
  for (const { file, reason } of rejected) note(`rejected ${file}: ${reason}`);
  for (const key of missing) note(`missing ${key}`);
  if (text === undefined) throw new ReportedFailure(`${missing.length} results are missing`);
  if (flags.out) writeAtomically(flags.out, text);
  else process.stdout.write(text);
}
