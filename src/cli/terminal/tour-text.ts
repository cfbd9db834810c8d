/** The tour's report for the terminal. */
import pc from "picocolors";
import { formatNumber } from "../report/scale.js";
import type { StopReport, TourReport } from "../tour/run-tour.js";
import { terminalTable } from "./table.js";

export function tourText(report: TourReport): string {
  const stops = report.stops.map(stopText);
  const closing = terminalTable({
    columns: ["stop", "", "checks", "time", "result"],
    rows: report.stops.map((stop) => [
      stop.name,
      stop.ok ? pc.green("passed") : pc.red("FAILED"),
      `${(stop.result?.checks ?? []).filter((check) => check.ok).length} of ${stop.result?.checks.length ?? 0}`,
      `${(stop.ms / 1000).toFixed(1)} s`,
      stop.result?.summary ?? stop.failure ?? "",
    ]),
  });
  return [pc.dim(report.host), ...report.notes.map((line) => pc.dim(line)), ...stops, "", closing].join("\n");
}

function stopText(stop: StopReport): string {
  const lines = ["", pc.bold(stop.title), pc.dim(stop.about)];
  for (const table of stop.result?.tables ?? []) lines.push("", table.title, terminalTable(table));
  for (const { name, ok, error, bound } of stop.result?.checks ?? []) {
    if (!ok) lines.push(pc.red(`FAILED ${name}: error ${formatNumber(error)}, bound ${formatNumber(bound)}`));
  }
  if (stop.failure) lines.push(pc.red(stop.failure));
  return lines.join("\n");
}
