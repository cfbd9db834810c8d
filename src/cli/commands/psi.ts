/** `wavefold psi`: intersection numbers of psi classes, one or a whole table of them. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { formatRational, type Rational } from "../../exact/rational.js";
import {
  checkAllPsi,
  openPsi,
  type PsiFault,
  type PsiMethod,
  type PsiSource,
  psi,
  psiAsymptotics,
  psiMethods,
} from "../../systems/moduli-space/index.js";
import { addEngineFlags, type EngineFlags, openEngine, positiveInteger } from "../engine-flags.js";
import { ReportedFailure, UsageError } from "../failure.js";
import { answer, note, type OutputFlags } from "../output.js";
import { checkTableFile, writeTable } from "../psi-table.js";
import { terminalTable } from "../terminal/table.js";

const formats = ["text", "pari", "sage"] as const;

interface Flags extends EngineFlags, OutputFlags {
  readonly genus?: number;
  readonly method: PsiMethod;
  readonly strict?: boolean;
  readonly format: (typeof formats)[number];
  readonly asymptotics?: boolean;
  readonly check?: string | true;
  readonly table?: number;
  readonly values: "exact" | "log";
  readonly out?: string;
}

export function addPsi(program: Command): void {
  addEngineFlags(program.command("psi [entries...]"))
    .description("exact intersection numbers <tau_d1 ... tau_dn>_g on the moduli spaces of curves")
    .option("--genus <g>", "check the entries against this genus", wholeNumber)
    .option("--strict", "entries of the wrong dimension are an error, not the number 0")
    .addOption(new Option("--method <route>", "force a route").choices(psiMethods).default("auto"))
    .addOption(new Option("--format <language>", "how the number is written").choices(formats).default("text"))
    .option("--asymptotics", "the series in large genus beside the number")
    .option("--check [file]", "check the equations: of the entries' number, or of every number of a .psi file")
    .option("--table <chi>", "every number with 2g - 2 + n up to chi", positiveInteger)
    .addOption(new Option("--values <kind>", "what the table holds").choices(["exact", "log"]).default("exact"))
    .option("--out <file>", "where the table goes: .psi (goes on where it was stopped), .csv, .jsonl or .npy")
    .addHelpText(
      "after",
      `
Examples:
  $ wavefold psi 3 2 1 1
  $ wavefold psi 22 23 23 23 --asymptotics
  $ wavefold psi 5 5 5 --format pari
  $ wavefold psi --table 20 --out numbers.csv
  $ wavefold psi --check numbers.psi`,
    )
    .action(async (words: string[], flags: Flags) => {
      if (flags.table !== undefined) await table(words, flags);
      else if (typeof flags.check === "string" && words.length === 0) await checkFile(flags.check, flags);
      else if (words.length === 0) throw new UsageError("name the entries, such as `wavefold psi 3 2 1 1`, or --table");
      // commander reads the entry after --check as its file.
      else if (typeof flags.check === "string") throw new UsageError("put --check after the entries");
      else await one(words.map(entry), flags);
    });
}

function entry(text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`entry ${JSON.stringify(text)} is not a whole number`);
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("expected a whole number");
  return Number(text);
}

async function one(d: readonly number[], flags: Flags): Promise<void> {
  const engine = await openEngine(flags);
  try {
    const { genus, strict, method } = flags;
    const kernels = await openPsi(engine);
    const options = { ...(genus === undefined ? {} : { genus }), ...(strict ? { strict } : {}), method, kernels };
    const value = psi(d, options);
    const numbers: PsiSource = (_, entries) => psi(entries, { kernels });
    const faults = flags.check ? [...checkAllPsi(numbers, value.num === 0n ? [] : [descending(d)])] : undefined;
    const series = flags.asymptotics ? psiAsymptotics(d, value) : undefined;
    const result = {
      d,
      numerator: String(value.num),
      denominator: String(value.den),
      ...(series ? { asymptotics: series } : {}),
      ...(faults ? { faults: faults.map(faultText) } : {}),
    };
    answer(flags, result, () =>
      [
        written(value, flags.format),
        ...(series ? [seriesText(series)] : []),
        ...(faults ? [checked(faults)] : []),
      ].join("\n"),
    );
    if (faults?.length) throw new ReportedFailure();
  } finally {
    engine.destroy();
  }
}

function descending(d: readonly number[]): number[] {
  return [...d].sort((a, b) => b - a);
}

function written(value: Rational, format: Flags["format"]): string {
  return format === "sage" ? `QQ(${formatRational(value)})` : formatRational(value);
}

function seriesText({ inverseGenus, factorial }: ReturnType<typeof psiAsymptotics>): string {
  const rows = [0, 1, 2, 3].map((order) => [
    order,
    inverseGenus.sums[order]?.toFixed(10) ?? "",
    inverseGenus.errors[order]?.toExponential(1) ?? "",
    factorial.sums[order]?.toFixed(10) ?? "",
    factorial.errors[order]?.toExponential(1) ?? "",
  ]);
  const exact = ["exact", inverseGenus.exact.toFixed(10), "", factorial.exact.toFixed(10), ""];
  return terminalTable({ columns: ["order", "in 1/g", "error", "factorial", "error"], rows: [...rows, exact] });
}

function checked(faults: readonly PsiFault[]): string {
  return faults.length === 0 ? "every equation that applies holds" : faults.map(faultText).join("\n");
}

function faultText({ equation, g, d, pivot, found, expected }: PsiFault): string {
  return `${equation} (pivot ${pivot}): <${d.join(" ")}>_${g} is ${formatRational(found)}, expected ${formatRational(expected)}`;
}

async function table(words: readonly string[], flags: Flags): Promise<void> {
  if (words.length > 0) throw new UsageError("--table takes no entries");
  if (!flags.out) throw new UsageError("--table needs --out with a name ending in .psi, .csv, .jsonl or .npy");
  const engine = await openEngine(flags);
  try {
    const { numbers, rows, kept } = await writeTable(engine, flags.table as number, flags.values, flags.out);
    if (kept > 0) note(`kept ${kept} rows of an interrupted run`);
    answer(flags, { file: flags.out, numbers, rows }, () => `wrote ${numbers} numbers in ${rows} rows to ${flags.out}`);
  } finally {
    engine.destroy();
  }
}

async function checkFile(path: string, flags: Flags): Promise<void> {
  const { numbers, faults } = checkTableFile(path);
  answer(flags, { file: path, numbers, faults: faults.map(faultText) }, () => `${numbers} numbers: ${checked(faults)}`);
  if (faults.length > 0) throw new ReportedFailure();
}
