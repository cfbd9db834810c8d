/** `wavefold recurrence`: the rule behind a sequence of integers. */
import { existsSync, readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import {
  type Format,
  formatRecurrence,
  formats,
  minimalRecurrence,
  type ReadTerms,
  readTerms,
} from "../../systems/recurrence-search/index.js";
import { positiveInteger } from "../engine-flags.js";
import { onFile, UsageError } from "../failure.js";
import { note } from "../output.js";

interface Flags {
  readonly format: Format;
  readonly spare?: number;
  readonly next?: number;
}

export function addRecurrence(program: Command): void {
  program
    .command("recurrence <terms...>")
    .description("find the rule of a sequence of integers")
    .addOption(new Option("--format <format>", "how to answer").choices(formats).default("text"))
    .option("--spare <terms>", "terms that must be left to contradict a guess (2)", positiveInteger)
    .option("--next <terms>", "how many next terms to give (10)", positiveInteger)
    .addHelpText(
      "after",
      `
Terms: integers, or one file of them: an OEIS b-file, or integers apart from blanks and commas.

Examples:
  $ wavefold recurrence 0 1 1 2 3 5 8
  $ wavefold recurrence b000108.txt --format pari`,
    )
    .action((words: string[], { format, spare, next }: Flags) => {
      const { terms, offset, notices } = termsOf(words);
      for (const notice of notices) note(notice);
      if (terms.length < 4) throw new UsageError(`${terms.length} terms are too few to guess from; give 4 or more`);
      const found = minimalRecurrence(terms, {
        offset,
        ...(spare === undefined ? {} : { spare }),
        ...(next === undefined ? {} : { next }),
      });
      process.stdout.write(`${formatRecurrence(found, format)}\n`);
    });
}

function termsOf(words: readonly string[]): ReadTerms {
  const [only] = words;
  const isFile = words.length === 1 && only !== undefined && !/^[\d\s,+-]*$/.test(only);
  if (isFile && !existsSync(only) && !/[./\\]/.test(only))
    throw new UsageError(`${only} is neither an integer nor a file`);
  try {
    return readTerms(isFile ? onFile(only, () => readFileSync(only, "utf8")) : words.join(","));
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
