/** `wavefold tour`: runs every system on this machine, prints what came out and writes the report. */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Engine } from "../../engine/engine.js";
import type { TourBackend, TourStop } from "../../systems/tour-stop.js";
import { addEngineFlags, type EngineFlags, openEngine } from "../engine-flags.js";
import { onFile, ReportedFailure, UsageError } from "../failure.js";
import { answer, type OutputFlags } from "../output.js";
import { page } from "../report/page.js";
import { softwareAdapterInstall, swiftshaderEnvironment } from "../software-adapter.js";
import { startProgress } from "../terminal/progress.js";
import { tourText } from "../terminal/tour-text.js";
import { readDocuments } from "../tour/documents.js";
import { runTour, type TourReport } from "../tour/run-tour.js";
import { stops } from "../tour/stops.js";

interface Flags extends EngineFlags, OutputFlags {
  readonly only?: string[];
  readonly report: string;
}

export function addTour(program: Command): void {
  addEngineFlags(program.command("tour"))
    .description("run every system here, check it against its oracle, write a report")
    .option("--only <names...>", `run these stops only: ${stops.map(({ name }) => name).join(", ")}`)
    .option("--report <file>", "where the HTML report goes", "wavefold-report.html")
    .addHelpText(
      "after",
      `
Without --backend the tour uses WebAssembly, and a GPU when there is a real one. With --backend webgpu it takes the
software adapter, at small sizes, when there is no other. A check that fails makes the command fail.

Examples:
  $ wavefold tour
  $ wavefold tour --only core --backend webgpu
  $ wavefold tour --json > tour.json`,
    )
    .action(async (flags: Flags) => {
      const chosen = choose(flags.only);
      // A report that cannot be written is better known before the tour than after it.
      onFile(flags.report, () => closeSync(openSync(flags.report, "a")));
      const engine = await openEngine(flags, false);
      const report = await tour(engine, chosen, flags).finally(() => engine.destroy());
      writeFileSync(flags.report, page(report));
      answer(flags, report, () => `${tourText(report)}\n\nReport: ${resolve(flags.report)}`);
      if (!report.ok) throw new ReportedFailure();
    });
}

function choose(only: readonly string[] | undefined): readonly TourStop[] {
  const unknown = only?.find((name) => !stops.some((stop) => stop.name === name));
  if (unknown) throw new UsageError(`no stop ${unknown}; there are ${stops.map(({ name }) => name).join(", ")}`);
  return stops.filter(({ name }) => !only || only.includes(name));
}

async function tour(engine: Engine, chosen: readonly TourStop[], flags: Flags): Promise<TourReport> {
  const backends = backendsOf(engine, flags);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  const progress = startProgress(chosen.length);
  try {
    await engine.warmup();
    return await runTour(chosen, {
      engine,
      backends,
      documents: readDocuments(),
      signal: interrupt.signal,
      host: `Node ${process.versions.node} on ${cpus()[0]?.model.trim() ?? arch()}`,
      notes: notesOf(engine, backends),
      onProgress: (done, stop, label) => progress.update(done, `${stop.name} ${label}`),
      onStop: (stop) => progress.update(chosen.findIndex(({ name }) => name === stop.name) + 1, stop.name),
    });
  } finally {
    progress.stop();
    process.off("SIGINT", onInterrupt);
  }
}

function backendsOf(engine: Engine, { backend }: Flags): TourBackend[] {
  const all: TourBackend[] = [{ name: "wasm", description: engine.wasm.description, size: "full" }];
  if (engine.gpu) {
    const { description, software } = engine.gpu;
    all.push({ name: "webgpu", description, size: software ? "small" : "full" });
  }
  return all.filter(({ name }) => !backend || name === backend);
}

function notesOf(engine: Engine, backends: readonly TourBackend[]): string[] {
  const notes = backends.map(
    ({ name, description, size }) => `${name}: ${description}${size === "small" ? ", small sizes" : ""}`,
  );
  if (engine.gpu) return notes;
  const needs = "a GPU with a Vulkan driver, the loader (libvulkan1) and the npm package webgpu";
  const software = swiftshaderEnvironment()
    ? "The software adapter runs with --backend webgpu."
    : `A software adapter for --backend webgpu: ${softwareAdapterInstall}.`;
  return [...notes, `webgpu: not here (${engine.gpuAbsent}). It takes ${needs}. ${software}`];
}
