/** `wavefold conjecture`: formulas for a constant, one JSON line each, continued where a killed run ended. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { createEngine } from "../../create-engine.js";
import { parseConstant } from "../../exact/index.js";
import { conjecture, type Formula, leftSides, openRecurrenceSearch } from "../../systems/recurrence-search/index.js";
import { positiveInteger } from "../engine-flags.js";
import { onFile, UsageError } from "../failure.js";
import { note } from "../output.js";
import { startProgress } from "../terminal/progress.js";

interface Flags {
  readonly constant: string;
  readonly degree: number;
  readonly coefficients: number;
  readonly periods: number;
  readonly depth: number;
  readonly digits: number;
  readonly output?: string;
}

/** Left sides between two marks in the output, which are what a killed run can lose. */
const sidesPerMark = 64;

export function addConjecture(program: Command): void {
  program
    .command("conjecture")
    .description("find formulas for a constant from its digits alone")
    .requiredOption("--constant <expression>", "e, tan(1), e^2, sqrt(e), zeta(3), ...")
    .option("--degree <d>", "degree of the left side's polynomials", positiveInteger, 1)
    .option("--coefficients <k>", "their largest coefficient", positiveInteger, 2)
    .option("--periods <t>", "longest period of signs", positiveInteger, 3)
    .option("--depth <terms>", "terms of each sequence", positiveInteger, 105)
    .option("--digits <digits>", "decimals that approval compares", positiveInteger, 1000)
    .option("-o, --output <file>", "write JSON lines; a file that is there is continued")
    .addHelpText(
      "after",
      `
Examples:
  $ wavefold conjecture --constant e --degree 1 --coefficients 2 --periods 3
  $ wavefold conjecture --constant "tan(1)" --coefficients 4 -o tan1.jsonl`,
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { degree, coefficients, periods, depth, digits, output } = flags;
  const constant = parseConstant(flags.constant);
  const search = JSON.stringify({ constant: constant.name, degree, coefficients, periods, depth, digits });
  let done = output ? doneIn(output, search) : 0;
  if (done > 0) note(`continuing ${output} after ${done} left sides`);
  const write = (lines: readonly string[]) => {
    const text = lines.map((line) => `${line}\n`).join("");
    if (output) onFile(output, () => appendFileSync(output, text));
    else process.stdout.write(text);
  };
  const sides = leftSides(degree, coefficients);
  const engine = await createEngine({ webgpu: false, threads: 1 });
  const progress = startProgress(sides.length);
  const total = { pairs: 0, hits: 0, approved: 0 };
  try {
    const kernels = await openRecurrenceSearch(engine);
    if (output && done === 0) write([search]);
    for (; done < sides.length; done += sidesPerMark) {
      const part = sides.slice(done, done + sidesPerMark);
      const found = conjecture(constant, { kernels, sides: part, periods: [1, periods], depth, digits });
      total.pairs += found.pairs;
      total.hits += found.hits;
      total.approved += found.approved;
      write([...found.formulas.map(lineOf), ...(output ? [JSON.stringify({ done: done + part.length })] : [])]);
      progress.update(done + part.length, `${done + part.length} left sides, ${total.approved} formulas`);
      // A turn of the loop, so that the bar moves and Ctrl-C is heard.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    progress.stop();
    engine.destroy();
  }
  note(
    `${total.pairs} pairs of left side and signs, ${total.hits} hits, ${total.approved} approved at ${digits} digits`,
  );
}

function lineOf({ side, signs, terms, recurrence, interlaced, approved, rate }: Formula): string {
  return JSON.stringify({
    numerator: side.numerator.map(String),
    denominator: side.denominator.map(String),
    signs,
    terms: terms.slice(0, Math.max(recurrence.complexity, 16)).map(String),
    complexity: recurrence.complexity,
    connection: recurrence.connection.map(String),
    ...(interlaced ? { period: interlaced.period, prePeriod: interlaced.prePeriod } : {}),
    approved,
    ...(approved ? { digitsPerTerm: rate.toFixed(4) } : {}),
  });
}

/** Left sides that an earlier run finished; what it wrote after its last mark is cut off. */
function doneIn(path: string, search: string): number {
  if (!existsSync(path)) return 0;
  const lines = onFile(path, () => readFileSync(path, "utf8")).split("\n");
  if (lines[0] !== search) {
    if (lines.join("") === "") return 0;
    throw new UsageError(`${path} holds another search; give another file`);
  }
  const last = lines.findLastIndex((line) => /^\{"done":\d+\}$/.test(line));
  onFile(path, () => writeFileSync(path, last < 0 ? "" : `${lines.slice(0, last + 1).join("\n")}\n`));
  return last < 0 ? 0 : (JSON.parse(lines[last] as string) as { done: number }).done;
}
