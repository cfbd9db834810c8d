/** The flags that every engine-using subcommand has, and the engine they ask for. */
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type BackendName, UnsupportedError, type WavefoldError } from "../backends/contract.js";
import { createEngine, type EngineOptions } from "../create-engine.js";
import type { Engine } from "../engine/engine.js";
import type { Calibration } from "../engine/rates.js";
import { FileError, onFile } from "./failure.js";
import { softwareAdapterInstall, swiftshaderEnvironment } from "./software-adapter.js";

export interface EngineFlags {
  readonly backend?: BackendName;
  readonly threads?: number;
  readonly deterministic?: boolean;
  readonly calibration?: string;
}

export function addEngineFlags(command: Command): Command {
  return command
    .addOption(new Option("--backend <name>", "run on this backend only").choices(["wasm", "webgpu"]))
    .option("--threads <n>", "most WebAssembly threads", positiveInteger)
    .option("--deterministic", "the same bits on every machine: no relaxed SIMD")
    .option("--calibration <file>", "rates saved by `wavefold calibrate -o`")
    .option("--json", "answer in JSON");
}

/**
 * Under `--backend webgpu` a software adapter will do when there is no other; nothing else takes one.
 * @param force false leaves the choice per operation to the engine, although `--backend` is given
 * @throws UnsupportedError when webgpu is asked for and there is no adapter at all
 */
export async function openEngine(flags: EngineFlags, force = true): Promise<Engine> {
  // Without a runtime directory the Vulkan loader prints a warning.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const options: EngineOptions = {
    ...(flags.backend && force ? { backend: flags.backend } : {}),
    ...(flags.backend === "webgpu" ? { webgpu: "software" } : {}),
    ...(flags.threads ? { threads: flags.threads } : {}),
    ...(flags.deterministic ? { deterministic: true } : {}),
    ...(flags.calibration === undefined ? {} : { calibration: readCalibration(flags.calibration) }),
  };
  if (flags.backend !== "webgpu") return createEngine(options);
  const probe = await createEngine({ ...options, backend: "webgpu" }).catch((error: unknown) => error as WavefoldError);
  if (probe instanceof Error) {
    const software = swiftshaderEnvironment();
    if (!software || process.env.VK_ICD_FILENAMES) {
      throw new UnsupportedError("--backend webgpu", `${probe.message}. A software adapter: ${softwareAdapterInstall}`);
    }
    Object.assign(process.env, software);
  } else if (force) return probe;
  else probe.destroy();
  return createEngine(options);
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number, at least 1");
  return value;
}

function readCalibration(path: string): Calibration {
  const text = onFile(path, () => readFileSync(path, "utf8"));
  try {
    return JSON.parse(text) as Calibration;
  } catch (error) {
    throw new FileError(`${path} is not a saved calibration, which is JSON`, { cause: error });
  }
}
