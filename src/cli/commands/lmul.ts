/** `wavefold lmul`: L-Mul arithmetic on tensor files. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Engine } from "../../engine/engine.js";
import {
  accumulateModes,
  countZeros,
  errorStatistics,
  type LMulOptions,
  type LMulSumOptions,
  lmul,
  lmulMatmul,
} from "../../systems/l-mul/index.js";
import { decodeArray } from "../../tensor/codecs.js";
import { isStorageFloat } from "../../tensor/dtype.js";
import type { HostTensor } from "../../tensor/host-tensor.js";
import type { Tensor } from "../../tensor/tensor.js";
import { addEngineFlags, type EngineFlags, openEngine, positiveInteger } from "../engine-flags.js";
import { answer, note, type OutputFlags } from "../output.js";
import { formatNumber } from "../report/scale.js";
import { readTensorFile, writeTensorFile } from "../tensor-files.js";
import { terminalTable } from "../terminal/table.js";

interface Flags extends EngineFlags, OutputFlags {
  readonly output?: string;
  readonly k?: number;
  readonly l?: number;
  readonly mantissa?: "trunc" | "rne";
  readonly special?: "raw" | "safe";
  readonly accumulate?: (typeof accumulateModes)[number];
}

type Product = (a: Tensor, b: Tensor, options: LMulSumOptions) => Tensor;

export function addLMul(program: Command): void {
  const command = program
    .command("lmul")
    .description("L-Mul products of tensor files: multiplication by integer addition")
    .addHelpText(
      "after",
      `
Files: a.npy, model.safetensors, or model.safetensors:NAME for one of several tensors.

Examples:
  $ wavefold lmul multiply a.npy b.npy -o c.npy --k 4
  $ wavefold lmul matmul x.npy model.safetensors:weight -o y.npy --accumulate bf16
  $ wavefold lmul error a.npy b.npy`,
    );
  addProduct(command, "multiply", "products element by element, broadcast as in NumPy", lmul).addHelpText(
    "after",
    "\nExamples:\n  $ wavefold lmul multiply a.npy b.npy\n  $ wavefold lmul multiply a.npy b.npy -o c.npy --k 4",
  );
  addProduct(command, "matmul", "matrix product over the last two axes", lmulMatmul)
    .addOption(new Option("--accumulate <mode>", "how sums are kept").choices(accumulateModes))
    .addHelpText(
      "after",
      "\nExamples:\n  $ wavefold lmul matmul x.npy model.safetensors:weight -o y.npy --accumulate bf16",
    );
  addError(command);
}

function addProduct(parent: Command, name: string, description: string, product: Product): Command {
  return addRuleFlags(addEngineFlags(parent.command(`${name} <a> <b>`)))
    .description(description)
    .option("-o, --output <file>", "write the result (.npy or .safetensors)")
    .action(async (a: string, b: string, flags: Flags) => {
      const operands = [readTensorFile(a), readTensorFile(b)] as const;
      const engine = await openEngine(flags);
      try {
        await report(await multiply(engine, operands, product, flags), flags);
      } finally {
        engine.destroy();
      }
    });
}

function addError(parent: Command): void {
  addRuleFlags(parent.command("error <a> <b>"))
    .description("error of L-Mul products of the pairs (a[i], b[i]), for k = 1..7 unless --k says otherwise")
    .option("--json", "answer in JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  $ wavefold lmul error a.npy b.npy\n  $ wavefold lmul error a.npy b.npy --k 3 --json",
    )
    .action((a: string, b: string, flags: Flags) => {
      const [x, y] = [numbersOf(readTensorFile(a)), numbersOf(readTensorFile(b))];
      const widths = flags.k ? [flags.k] : [1, 2, 3, 4, 5, 6, 7];
      const rows = widths.map((k) => ({ k, ...errorStatistics(x, y, { ...ruleOf(flags), k }) }));
      answer(flags, rows, () =>
        terminalTable({
          columns: ["k", "mean", "rms", "least", "largest", "pairs"],
          rows: rows.map((row) => [
            row.k,
            row.meanRelative,
            row.rmsRelative,
            row.minRelative,
            row.maxRelative,
            row.count,
          ]),
        }),
      );
    });
}

function addRuleFlags(command: Command): Command {
  return command
    .option("--k <bits>", "mantissa bits that take part", positiveInteger)
    .option("--l <bits>", "the constant is 2^-l", wholeNumber)
    .addOption(new Option("--mantissa <how>", "how operands come down to k bits").choices(["trunc", "rne"]))
    .addOption(new Option("--special <how>", "zeros, infinities and NaN").choices(["safe", "raw"]));
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("expected a whole number");
  return Number(text);
}

function ruleOf({ k, l, mantissa, special }: Flags): LMulOptions {
  return {
    ...(k === undefined ? {} : { k }),
    ...(l === undefined ? {} : { l }),
    ...(mantissa ? { mantissa } : {}),
    ...(special ? { special } : {}),
  };
}

async function multiply(
  engine: Engine,
  operands: readonly [HostTensor, HostTensor],
  product: Product,
  flags: Flags,
): Promise<HostTensor> {
  const [a, b] = operands.map(({ bits, shape, dtype }) => engine.fromBits(bits, { shape, dtype })) as [Tensor, Tensor];
  const options = { ...ruleOf(flags), ...(flags.accumulate ? { accumulate: flags.accumulate } : {}) };
  const result = product(a, b, options);
  const zeros = flags.special === "raw" ? (await countZeros(a)) + (await countZeros(b)) : 0;
  if (zeros > 0) note(`warning: ${zeros} zero or subnormal operands, which raw products turn into other numbers`);
  return { shape: result.shape, dtype: result.dtype, bits: await result.bits() };
}

async function report(result: HostTensor, flags: Flags): Promise<void> {
  if (flags.output) {
    writeTensorFile(flags.output, result);
    note(`wrote ${flags.output}`);
  }
  const values = numbersOf(result);
  const summary = { shape: result.shape, dtype: result.dtype, ...(flags.output ? {} : { values: Array.from(values) }) };
  answer(flags, summary, () => text(result, values));
}

const shown = 12;

function text({ shape, dtype }: HostTensor, values: ArrayLike<number>): string {
  const first = Array.from({ length: Math.min(shown, values.length) }, (_, i) => formatNumber(values[i] as number));
  return `${dtype} [${shape.join(", ")}]: ${first.join(" ")}${values.length > shown ? " ..." : ""}`;
}

function numbersOf({ dtype, bits }: HostTensor): ArrayLike<number> {
  return isStorageFloat(dtype) ? decodeArray(dtype, bits) : bits;
}
