/** LightNet on the tour: words on a cube, seen whole in one scan, beside the two scans of a multiplicative decay. */
import type { BackendName } from "../../backends/contract.js";
import type { LinePlot, TourBackend, TourCheck, TourContext, TourResult, TourStop, TourTable } from "../tour-stop.js";
import { checkCube } from "./tour-checks.js";
import { cubeOf, reachOf, type Timing, timings } from "./tour-cube.js";

export const stop: TourStop = {
  name: "lightnet",
  title: "LightNet: one scan for a whole volume",
  about:
    "A decay that is a product of gates only sees what came before, so an image or a video needs a scan each way. LightNet's " +
    "decay is a ratio of running sums (Qin et al. 2024); with the total in place of the running sum, one scan shows every token " +
    "to every other, and a rotation by the three coordinates tells them where it lies. Words of this repository's own documents " +
    "fill a cube; both ways are checked against double precision and timed.",
  run,
};

/** Edges of the cubes that are timed. */
const edges = { small: [4], full: [8, 12, 16] };

async function run({ engine, backends, documents, signal, progress }: TourContext): Promise<TourResult> {
  const checks: TourCheck[] = [];
  const times = new Map<BackendName, readonly Timing[]>();
  for (const [index, backend] of backends.entries()) {
    signal.throwIfAborted();
    progress(index / backends.length, backend.name);
    checks.push(...(await checkCube(engine, cubeOf(documents, 4), backend.name)));
    const cubes = edges[backend.size].map((edge) => cubeOf(documents, edge));
    times.set(backend.name, await timings(engine, cubes, backend.name, signal));
  }
  const [first] = backends as readonly [TourBackend, ...TourBackend[]];
  const reach = await reachOf(engine, cubeOf(documents, edges[first.size].at(-1) as number), first.name);
  const last = times.get(first.name)?.at(-1) as Timing;
  const edge = Math.round(Math.cbrt(last.tokens));
  const error = checks[0]?.error ?? Number.NaN;
  return {
    summary:
      `a ${edge} x ${edge} x ${edge} grid takes ${last.one.toFixed(1)} ms in one scan and ${last.two.toFixed(1)} ms in two ` +
      `(${first.name}); rms error ${error.toExponential(1)}`,
    checks,
    tables: [tableOf(times)],
    plots: [timePlot(times), reachPlot(reach)],
  };
}

function tableOf(times: ReadonlyMap<BackendName, readonly Timing[]>): TourTable {
  return {
    title: "Milliseconds per head of 64 channels",
    columns: ["backend", "tokens", "one scan", "two scans", "two / one"],
    rows: [...times].flatMap(([name, list]) =>
      list.map(({ tokens, one, two }) => [name, tokens, one, two, (two / one).toFixed(2)]),
    ),
  };
}

function timePlot(times: ReadonlyMap<BackendName, readonly Timing[]>): LinePlot {
  return {
    kind: "line",
    title: "One scan against two",
    caption: "Every token of a cube sees every other; the multiplicative decay needs a scan from either end.",
    x: { label: "tokens", scale: "log" },
    y: { label: "milliseconds", scale: "log" },
    series: [...times].flatMap(([name, list]) => [
      { name: `one scan, ${name}`, points: list.map(({ tokens, one }) => [tokens, one] as const) },
      { name: `two scans, ${name}`, points: list.map(({ tokens, two }) => [tokens, two] as const) },
    ]),
  };
}

function reachPlot({ one, two }: Awaited<ReturnType<typeof reachOf>>): LinePlot {
  const points = (weights: readonly number[]) => weights.map((weight, distance) => [distance, weight] as const);
  return {
    kind: "line",
    title: "What the middle word weighs",
    caption:
      "The product of gates forgets within tens of tokens, whatever their distance on the grid; the ratio of sums does not.",
    x: { label: "tokens between" },
    y: { label: "weight", scale: "log" },
    series: [
      { name: "one scan", points: points(one) },
      { name: "two scans", points: points(two) },
    ],
  };
}
