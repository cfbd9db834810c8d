/** The first stop: every operation of the core, on every backend, against its oracle, with its speed and the engine's choice. */
import type { BackendName } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import type { BarPlot, TourBackend, TourCheck, TourContext, TourResult, TourStop } from "../../systems/tour-stop.js";
import { argumentsOf, makeInputs, type OperationCase } from "../cases/case.js";
import { coreCases } from "../cases/core-cases.js";
import { errorOf, runsOn, type Timing, timeCase } from "../cases/measure.js";

export const stop: TourStop = {
  name: "core",
  title: "The core operations",
  about:
    "Every operation runs on each backend that is here: on a small input it is compared with a slow double-precision " +
    "version written from the definition, on a larger one it is timed. The engine says which backend it would choose.",
  run,
};

interface Measured {
  readonly name: string;
  readonly shapes: string;
  readonly chosen: BackendName;
  readonly timings: ReadonlyMap<BackendName, Timing | undefined>;
  readonly error: number;
}

async function run(context: TourContext): Promise<TourResult> {
  const { engine, backends, signal } = context;
  const checks: TourCheck[] = [];
  const rows: Measured[] = [];
  for (const [index, oneCase] of coreCases.entries()) {
    const name = oneCase.operation.spec.name;
    context.progress(index / coreCases.length, name);
    const timings = new Map<BackendName, Timing | undefined>();
    let worst = 0;
    for (const backend of backends) {
      signal.throwIfAborted();
      if (!runsOn(engine, oneCase, backend.name)) continue;
      const error = await errorOf(engine, oneCase, backend.name);
      checks.push({ name: `${name} on ${backend.name}`, ok: error <= oneCase.bound, error, bound: oneCase.bound });
      worst = Math.max(worst, error);
      timings.set(backend.name, await timeCase(engine, oneCase, backend.name, backend.size, signal));
    }
    rows.push({ name, shapes: shapesOf(oneCase), chosen: choiceOf(engine, oneCase), timings, error: worst });
  }
  const names = backends.map(({ name }) => name).join(" and ");
  return {
    summary: `${rows.length} operations on ${names}, ${checks.filter(({ ok }) => ok).length} of ${checks.length} within bounds`,
    checks,
    tables: [tableOf(rows, backends)],
    plots: [speedPlot(rows, backends), errorPlot(rows)],
  };
}

function choiceOf(engine: Engine, oneCase: OperationCase): BackendName {
  const { tensors } = makeInputs(engine, oneCase.inputs("full"));
  try {
    return engine.explain(oneCase.operation, ...argumentsOf(oneCase, tensors), oneCase.options ?? {}).backend;
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

const shapesOf = (oneCase: OperationCase): string =>
  oneCase
    .inputs("full")
    .map(({ shape }) => shape.join("x") || "scalar")
    .join(" ");

function tableOf(rows: readonly Measured[], backends: readonly TourBackend[]) {
  return {
    title: "Operations",
    columns: [
      "operation",
      "inputs",
      "chosen",
      ...backends.flatMap(({ name, size }) => [`${name} ms${size === "small" ? " (small)" : ""}`, "rate"]),
      "error",
    ],
    rows: rows.map(({ name, shapes, chosen, timings, error }) => [
      name,
      shapes,
      chosen,
      ...backends.flatMap((backend) => {
        const timing = timings.get(backend.name);
        return timing ? [timing.seconds * 1000, `${timing.rate.toPrecision(3)} ${timing.unit}`] : ["", ""];
      }),
      error,
    ]),
  };
}

function speedPlot(rows: readonly Measured[], backends: readonly TourBackend[]): BarPlot {
  return {
    kind: "bar",
    title: "Speed",
    caption: "Giga-operations per second, or gigabytes per second for what only moves data.",
    y: { label: "G/s", scale: "log" },
    groups: rows.map(({ name }) => name),
    series: backends.map(({ name }) => ({
      name,
      values: rows.map(({ timings }) => timings.get(name)?.rate ?? Number.NaN),
    })),
  };
}

function errorPlot(rows: readonly Measured[]): BarPlot {
  const inexact = rows.filter(({ error }) => error > 0);
  return {
    kind: "bar",
    title: "Largest error against the oracle",
    caption: `As a fraction of the largest value; the other ${rows.length - inexact.length} operations are exact.`,
    y: { label: "relative error", scale: "log" },
    groups: inexact.map(({ name }) => name),
    series: [{ name: "", values: inexact.map(({ error }) => error) }],
  };
}
