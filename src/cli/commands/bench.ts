/** `wavefold bench`: times the core operations on this machine's backends. Comparisons with other libraries are in bench/. */
import type { Command } from "commander";
import pc from "picocolors";
import { coreCases } from "../cases/core-cases.js";
import { runsOn, timeCase } from "../cases/measure.js";
import { addEngineFlags, type EngineFlags, openEngine } from "../engine-flags.js";
import { UsageError } from "../failure.js";
import { answer, type OutputFlags } from "../output.js";
import { startProgress } from "../terminal/progress.js";
import { terminalTable } from "../terminal/table.js";

interface Row {
  readonly operation: string;
  readonly backend: string;
  readonly inputs: string;
  readonly milliseconds: number;
  readonly rate: number;
  readonly unit: string;
}

const names = [...new Set(coreCases.map(({ operation }) => operation.spec.name))];

export function addBench(program: Command): void {
  addEngineFlags(program.command("bench [operations...]"))
    .description("time operations on each backend: the best of several calls")
    .addHelpText(
      "after",
      "\nExamples:\n  $ wavefold bench\n  $ wavefold bench matmul softmax --threads 1\n  $ wavefold bench --backend webgpu --json",
    )
    .action(async (operations: string[], flags: EngineFlags & OutputFlags) => {
      const unknown = operations.find((name) => !names.includes(name));
      if (unknown) throw new UsageError(`no bench for ${unknown}; there are ${names.join(", ")}`);
      const rows = await bench(operations, flags);
      answer(flags, rows, () => text(rows));
    });
}

async function bench(operations: readonly string[], flags: EngineFlags): Promise<Row[]> {
  const engine = await openEngine(flags);
  const chosen = coreCases.filter(
    ({ operation }) => operations.length === 0 || operations.includes(operation.spec.name),
  );
  const progress = startProgress(chosen.length);
  const rows: Row[] = [];
  try {
    await engine.warmup();
    for (const [index, oneCase] of chosen.entries()) {
      const { spec } = oneCase.operation;
      progress.update(index, spec.name);
      for (const backend of ["wasm", "webgpu"] as const) {
        if ((flags.backend && flags.backend !== backend) || !runsOn(engine, oneCase, backend)) continue;
        const size = backend === "webgpu" && engine.gpu?.software ? "small" : "full";
        const timing = await timeCase(engine, oneCase, backend, size, new AbortController().signal);
        const inputs = oneCase.inputs(size).map(({ shape }) => shape.join("x"));
        const { seconds, rate, unit } = timing;
        rows.push({
          operation: spec.name,
          backend,
          inputs: inputs.join(" "),
          milliseconds: seconds * 1000,
          rate,
          unit,
        });
      }
    }
  } finally {
    progress.stop();
    engine.destroy();
  }
  return rows;
}

function text(rows: readonly Row[]): string {
  const table = terminalTable({
    columns: ["operation", "backend", "inputs", "ms", "rate"],
    rows: rows.map(({ operation, backend, inputs, milliseconds, rate, unit }) => {
      return [operation, backend, inputs, milliseconds, `${rate.toPrecision(3)} ${unit}`];
    }),
  });
  return `${table}\n\n${pc.dim("Comparisons with other libraries: bench/ in the repository.")}`;
}
