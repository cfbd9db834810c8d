/** Runs stops one after the other and gathers what they found; a stop that throws is a failed stop, not the end. */
import type { TourContext, TourResult, TourStop } from "../../systems/tour-stop.js";

export interface TourReport {
  readonly ok: boolean;
  /** Node version, processor and what the engine found. */
  readonly host: string;
  /** ISO date and time of the start. */
  readonly date: string;
  readonly ms: number;
  /** What a reader must know: which backends ran, and what the missing ones would take. */
  readonly notes: readonly string[];
  readonly stops: readonly StopReport[];
}

export interface StopReport {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly ok: boolean;
  readonly ms: number;
  /** Absent when the stop threw; `failure` then says what. */
  readonly result?: TourResult;
  readonly failure?: string;
}

export interface TourRun extends Omit<TourContext, "progress"> {
  readonly host: string;
  readonly notes: readonly string[];
  /** @param done stops that are finished, with the fraction of the current one */
  onProgress(done: number, stop: TourStop, label: string): void;
  onStop(report: StopReport): void;
}

/** @throws the signal's reason when aborted; everything else a stop throws is in its report. */
export async function runTour(stops: readonly TourStop[], run: TourRun): Promise<TourReport> {
  const started = performance.now();
  const date = new Date().toISOString();
  const reports: StopReport[] = [];
  for (const [index, stop] of stops.entries()) {
    run.signal.throwIfAborted();
    const report = await runStop(stop, {
      ...run,
      progress: (fraction, label = "") => run.onProgress(index + Math.min(1, Math.max(0, fraction)), stop, label),
    });
    reports.push(report);
    run.onStop(report);
  }
  const ok = reports.every((report) => report.ok);
  return { ok, host: run.host, date, ms: performance.now() - started, notes: run.notes, stops: reports };
}

async function runStop(stop: TourStop, context: TourContext): Promise<StopReport> {
  const started = performance.now();
  const { name, title, about } = stop;
  try {
    const result = await stop.run(context);
    const ok = result.checks.every((check) => check.ok);
    return { name, title, about, ok, ms: performance.now() - started, result };
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { name, title, about, ok: false, ms: performance.now() - started, failure };
  }
}
