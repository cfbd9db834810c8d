/** `wavefold explain`: where a call would run, what each backend was estimated at, and why. */
import type { Command } from "commander";
import pc from "picocolors";
import type { Engine } from "../../engine/engine.js";
import { type Plan, seconds } from "../../engine/plan.js";
import { bitsArrayOf } from "../../tensor/dtype.js";
import { sizeOfShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { addEngineFlags, type EngineFlags, openEngine } from "../engine-flags.js";
import { type Argument, operationNamed, parseArgument } from "../operations.js";
import { answer, type OutputFlags } from "../output.js";
import { terminalTable } from "../terminal/table.js";

export function addExplain(program: Command): void {
  addEngineFlags(program.command("explain <operation> [arguments...]"))
    .description("say where a call would run and why")
    .addHelpText(
      "after",
      `
Arguments: 64x64 is an f32 tensor, 64x64:f16 one of that dtype, 64,64 a list of tensors, =VALUE a value in JSON.

Examples:
  $ wavefold explain matmul 512x512 512x512
  $ wavefold explain attention 1x1024x8x64 1x1024x8x64 1x1024x8x64 '={"causal":true}'
  $ wavefold explain softmax 4096x4096 --calibration rates.json --json`,
    )
    .action(async (name: string, texts: string[], flags: EngineFlags & OutputFlags) => {
      const operation = operationNamed(name);
      const parsed = texts.map(parseArgument);
      const engine = await openEngine(flags);
      try {
        const plan = engine.explain(operation, ...parsed.map((argument) => materialise(engine, argument)));
        answer(flags, plan, () => text(plan));
      } finally {
        engine.destroy();
      }
    });
}

function materialise(engine: Engine, argument: Argument): unknown {
  if ("value" in argument) return argument.value;
  const tensors = argument.tensors.map(({ shape, dtype }): Tensor => {
    const bits = new (bitsArrayOf(dtype))(sizeOfShape(shape));
    return engine.fromBits(bits, { shape, dtype });
  });
  return argument.list ? tensors : tensors[0];
}

function text(plan: Plan): string {
  const table = terminalTable({
    columns: ["backend", "variant", "launch", "compute", "transfer", "total", ""],
    rows: plan.candidates.map(({ backend, variant, unsupported, notByItself, estimate }) => [
      backend,
      variant,
      ...(unsupported
        ? ["", "", "", "", unsupported]
        : [
            seconds(estimate.launchSeconds),
            `${seconds(estimate.computeSeconds)} (${estimate.boundBy})`,
            seconds(estimate.transferSeconds),
            seconds(estimate.totalSeconds),
            notByItself ?? "",
          ]),
    ]),
  });
  return `${plan.op} runs on ${pc.bold(plan.backend)} (${plan.variant}): ${plan.why}\n\n${table}`;
}
