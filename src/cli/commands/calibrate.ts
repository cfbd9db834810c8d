/** `wavefold calibrate`: measures this machine's rates and saves them. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import pc from "picocolors";
import type { BackendName } from "../../backends/contract.js";
import type { Calibration } from "../../engine/rates.js";
import { addEngineFlags, type EngineFlags, openEngine } from "../engine-flags.js";
import { onFile } from "../failure.js";
import { answer, note, type OutputFlags } from "../output.js";
import { terminalTable } from "../terminal/table.js";

interface Flags extends EngineFlags, OutputFlags {
  readonly output?: string;
}

export function addCalibrate(program: Command): void {
  addEngineFlags(program.command("calibrate"))
    .description("measure how fast each backend is here, in under a second")
    .option("-o, --output <file>", "save the rates as JSON, for --calibration and createEngine({ calibration })")
    .addHelpText("after", "\nExamples:\n  $ wavefold calibrate\n  $ wavefold calibrate -o rates.json --backend webgpu")
    .action(async (flags: Flags) => {
      const engine = await openEngine(flags);
      const calibration = await engine.calibrate();
      engine.destroy();
      const { output } = flags;
      if (output) {
        onFile(output, () => writeFileSync(output, `${JSON.stringify(calibration, null, 2)}\n`));
        note(`saved ${output}`);
      }
      answer(flags, calibration, () => text(calibration));
    });
}

function text({ machine, rates }: Calibration): string {
  const backends = Object.keys(machine) as BackendName[];
  const row = (name: string, value: (backend: BackendName) => number) => [name, ...backends.map(value)];
  const table = terminalTable({
    columns: ["rate", ...backends],
    rows: [
      row("launch, us", (backend) => rates[backend].launchSeconds * 1e6),
      row("memory, GB/s", (backend) => rates[backend].bytesPerSecond / 1e9),
      ...(["multiply-add", "special", "stream", "gather", "integer"] as const).map((rate) =>
        row(`${rate}, G/s`, (backend) => rates[backend].operationsPerSecond[rate] / 1e9),
      ),
    ],
  });
  const names = backends.map((backend) => `${pc.bold(backend)}: ${machine[backend]}`).join("\n");
  if (!backends.includes("webgpu")) return `${names}\n\n${table}`;
  const transfer = `upload ${gigabytes(rates.uploadBytesPerSecond)}, download ${gigabytes(rates.downloadBytesPerSecond)}`;
  return `${names}\n\n${table}\n\n${transfer}, round trip ${(rates.roundTripSeconds * 1e6).toFixed(0)} us`;
}

const gigabytes = (bytesPerSecond: number): string => `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`;
