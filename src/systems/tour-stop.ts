/**
 * What a system shows of itself on the tour (`npm start`): it runs on real input, on every backend there is, is checked
 * against its oracle, and hands back plain data. The command draws the tables and plots; a stop never prints.
 *
 * A system owns its stop in `systems/<name>/tour.ts`, which exports `stop`; src/cli/tour/stops.ts lists them.
 */
import type { BackendName } from "../backends/contract.js";
import type { Engine } from "../engine/engine.js";

export interface TourStop {
  /** What `--only` takes: kebab-case, the folder's name. */
  readonly name: string;
  readonly title: string;
  /** Two or three sentences for a reader who has not seen the system before. */
  readonly about: string;
  run(context: TourContext): Promise<TourResult>;
}

export interface TourContext {
  readonly engine: Engine;
  /** Backends to run on, with `on`; never empty. */
  readonly backends: readonly TourBackend[];
  /** The repository's own documents, as input that is real and the same for everyone. */
  readonly documents: readonly TourDocument[];
  readonly signal: AbortSignal;
  /** @param fraction of this stop that is done, 0..1 */
  progress(fraction: number, label?: string): void;
}

export interface TourBackend {
  readonly name: BackendName;
  /** Variant and threads, or the adapter's name. */
  readonly description: string;
  /** "small" on a software adapter, which is some thousand times slower than a GPU. */
  readonly size: "small" | "full";
}

export interface TourDocument {
  readonly name: string;
  readonly text: string;
}

export interface TourResult {
  /** One line with the result in it. */
  readonly summary: string;
  /** Every comparison with the oracle. One that is not ok fails the tour. */
  readonly checks: readonly TourCheck[];
  readonly tables: readonly TourTable[];
  readonly plots: readonly TourPlot[];
}

export interface TourCheck {
  readonly name: string;
  readonly ok: boolean;
  /** The largest error found, in the unit of `bound`. */
  readonly error: number;
  readonly bound: number;
}

export interface TourTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export type TourPlot = LinePlot | BarPlot | HeatPlot;

interface PlotTitle {
  readonly title: string;
  /** One sentence under the plot: what to see in it. */
  readonly caption?: string;
}

export interface LinePlot extends PlotTitle {
  readonly kind: "line";
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly series: readonly LineSeries[];
}

export interface LineSeries {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** True for points that lie on no line, such as figures of a paper. */
  readonly pointsOnly?: boolean;
}

export interface BarPlot extends PlotTitle {
  readonly kind: "bar";
  readonly y: PlotAxis;
  /** Names under the groups of bars. */
  readonly groups: readonly string[];
  /** One value per group; NaN leaves the bar out. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

export interface HeatPlot extends PlotTitle {
  readonly kind: "heat";
  readonly xLabel: string;
  readonly yLabel: string;
  /** Row-major, all rows of one length; at most about 96 x 96. */
  readonly values: readonly (readonly number[])[];
}

export interface PlotAxis {
  readonly label: string;
  /** A log axis leaves out what is not positive. */
  readonly scale?: "linear" | "log";
}
