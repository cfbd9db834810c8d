/** `wavefold info`: what this machine has, what the engine uses of it, and why the rest is off. */
import { cpus, totalmem } from "node:os";
import type { Command } from "commander";
import pc from "picocolors";
import type { GpuCapabilities } from "../../backends/webgpu/run.js";
import type { Engine } from "../../engine/engine.js";
import { addEngineFlags, type EngineFlags, openEngine } from "../engine-flags.js";
import { answer, type OutputFlags } from "../output.js";
import { softwareAdapterInstall, swiftshaderEnvironment } from "../software-adapter.js";

export function addInfo(program: Command): void {
  addEngineFlags(program.command("info"))
    .description("show the host, its features, the adapters and what the engine uses")
    .addHelpText("after", "\nExamples:\n  $ wavefold info\n  $ wavefold info --backend webgpu --json")
    .action(async (flags: EngineFlags & OutputFlags) => {
      const engine = await openEngine(flags);
      const info = describe(engine);
      engine.destroy();
      answer(flags, info, () => text(info));
    });
}

export type Info = ReturnType<typeof describe>;

export function describe(engine: Engine) {
  const processors = cpus();
  return {
    host: {
      runtime: `Node ${process.versions.node} (V8 ${process.versions.v8})`,
      platform: `${process.platform} ${process.arch}`,
      processor: processors[0]?.model.trim() ?? "unknown",
      cores: processors.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    wasm: {
      description: engine.wasm.description,
      variant: engine.wasm.variant,
      threads: engine.wasm.threads,
      ...(engine.wasm.relaxed ? {} : { relaxedSimdOff: relaxedSimdOff() }),
    },
    webgpu: engine.gpu
      ? {
          description: engine.gpu.description,
          software: engine.gpu.software,
          features: featuresOf(engine.gpu.caps),
          limits: engine.gpu.caps.limits,
        }
      : { absent: engine.gpuAbsent ?? "", ...softwareHint() },
    heldBytes: engine.memory().wasm.usedBytes,
  };
}

function featuresOf({ f16, subgroups, subgroupMinSize, subgroupMaxSize, timestamps, ...caps }: GpuCapabilities) {
  const sizes = subgroupMinSize === subgroupMaxSize ? `${subgroupMinSize}` : `${subgroupMinSize}-${subgroupMaxSize}`;
  const matrices = caps.subgroupMatrices.map(({ componentType, resultComponentType, M, N, K }) => {
    return `${componentType}->${resultComponentType} ${M}x${N}x${K}`;
  });
  return [
    ...(f16 ? ["f16"] : []),
    ...(subgroups ? [`subgroups of ${sizes}`] : []),
    ...(timestamps ? ["timestamps"] : []),
    ...(matrices.length ? [`subgroup matrices (${matrices.join(", ")})`] : []),
  ];
}

function relaxedSimdOff(): string {
  return process.versions.node.startsWith("20.")
    ? "Node 20 has it behind --experimental-wasm-relaxed-simd; Node 22 and later have it on"
    : "this V8 does not validate it, or --deterministic keeps it out";
}

function softwareHint(): { softwareAdapter: string } {
  const present = swiftshaderEnvironment() !== undefined;
  return { softwareAdapter: present ? "used with --backend webgpu" : `not installed: ${softwareAdapterInstall}` };
}

function text({ host, wasm, webgpu }: Info): string {
  const rows: [string, string][] = [
    ["host", `${host.runtime}, ${host.platform}`],
    ["processor", `${host.processor}, ${host.cores} cores, ${host.memoryGiB} GiB`],
    ["wasm", wasm.description],
  ];
  if (wasm.relaxedSimdOff) rows.push(["", `relaxed SIMD is off: ${wasm.relaxedSimdOff}`]);
  if ("absent" in webgpu) {
    rows.push(["webgpu", `not here: ${webgpu.absent}`], ["", `software adapter: ${webgpu.softwareAdapter}`]);
  } else {
    rows.push(["webgpu", webgpu.description + (webgpu.software ? " (software)" : "")]);
    rows.push(["", `features: ${webgpu.features.join(", ") || "none"}`]);
  }
  return rows.map(([name, value]) => `${pc.bold(name.padEnd(10))} ${value}`).join("\n");
}
