/** `wavefold identify`: which number begins with these digits? */
import type { Command } from "commander";
import pc from "picocolors";
import { InputError } from "../../backends/contract.js";
import { defaultConstants, fewestDigits, type Identification, identify } from "../../exact/identify/identify.js";
import { UsageError } from "../failure.js";
import { answer, type OutputFlags } from "../output.js";

interface Flags extends OutputFlags {
  readonly constant?: string[];
  readonly maxCoefficient: string;
  readonly degree: string;
  readonly minRatio: string;
  readonly joint?: boolean;
}

export function addIdentify(program: Command): void {
  program
    .command("identify <value>")
    .description("look for a closed form of a number: rational, algebraic, or (a + b c)/(d + e c) of a constant c")
    .option("--constant <expression...>", `constants to try (default: ${defaultConstants.join(", ")})`)
    .option("--max-coefficient <n>", "largest coefficient", "1000")
    .option("--degree <n>", "largest degree of an algebraic number, 0 for none", "4")
    .option("--min-ratio <r>", "bits of the value per bit of the coefficients that convince", "2")
    .option("--joint", "one relation with all constants")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Digits may be cut off or rounded; below ${fewestDigits} of them the answer is "too few digits". An answer of any kind ends with 0.

Examples:
  $ wavefold identify 1.2020569...
  $ wavefold identify 2.16395341373865284877 --constant e pi
  $ wavefold identify --json -- -1.61803398874989`,
    )
    .action((value: string, flags: Flags) => {
      const found = looking(value, flags);
      answer(flags, plain(found), () => text(found));
    });
}

function looking(value: string, flags: Flags): Identification {
  try {
    return identify(value, flags.constant, {
      maxCoefficient: Number(flags.maxCoefficient),
      degree: Number(flags.degree),
      minRatio: Number(flags.minRatio),
      ...(flags.joint && { joint: true }),
    });
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** JSON has no big integers: decimal strings. */
function plain(found: Identification): unknown {
  return JSON.parse(JSON.stringify(found, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}

function text({ status, digits, matches, rejected }: Identification): string {
  if (status === "too-few-digits")
    return `too few digits: ${digits} are certain, ${fewestDigits} are the least that can tell one number from another`;
  const lines = matches.map(({ text, digitsUsed, digitsHeldOut, informationRatio }) => {
    const evidence = `${digitsUsed} digits used, ${digitsHeldOut} held out and met, ratio ${informationRatio}`;
    return `${pc.bold(text)}   ${pc.dim(evidence)}`;
  });
  if (lines.length === 0) lines.push(`nothing found in ${digits} digits`);
  return [...lines, ...rejected.map(({ text, reason }) => pc.dim(`not ${text}: ${reason}`))].join("\n");
}
