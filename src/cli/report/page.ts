/** The tour's report: one HTML file with everything in it, readable offline, in light and in dark. */
import type { TourPlot, TourTable } from "../../systems/tour-stop.js";
import type { StopReport, TourReport } from "../tour/run-tour.js";
import { barPlot } from "./bar-plot.js";
import { heatPlot } from "./heat-plot.js";
import { linePlot } from "./line-plot.js";
import { formatNumber } from "./scale.js";
import { style } from "./style.js";
import { escapeText } from "./svg.js";

export function page(report: TourReport): string {
  const verdict = report.ok ? "every check passed" : "CHECKS FAILED";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wavefold tour</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Wavefold tour</h1>
<p class="lead">${escapeText(report.host)}, ${escapeText(report.date)}: ${report.stops.length} stops in ${seconds(report.ms)}, ${verdict}.</p>
<ul>${report.notes.map((note) => `<li>${escapeText(note)}</li>`).join("")}</ul>
${report.stops.map(stopSection).join("\n")}
</main>
</body>
</html>
`;
}

function stopSection(stop: StopReport): string {
  const mark = stop.ok ? '<span class="ok">passed</span>' : '<span class="bad">failed</span>';
  const body = stop.result
    ? [
        `<p class="summary">${escapeText(stop.result.summary)}</p>`,
        `<div class="plots">${stop.result.plots.map(figure).join("")}</div>`,
        ...stop.result.tables.map(table),
        checks(stop),
      ].join("\n")
    : `<p class="bad">${escapeText(stop.failure ?? "did not run")}</p>`;
  return `<section id="${stop.name}">
<h2>${escapeText(stop.title)} ${mark}</h2>
<p>${escapeText(stop.about)}</p>
${body}
<p class="time">${seconds(stop.ms)}</p>
</section>`;
}

function figure(plot: TourPlot): string {
  const caption = plot.caption ? `<p>${escapeText(plot.caption)}</p>` : "";
  return `<figure><figcaption>${escapeText(plot.title)}</figcaption>${draw(plot)}${caption}</figure>`;
}

function draw(plot: TourPlot): string {
  switch (plot.kind) {
    case "line":
      return linePlot(plot);
    case "bar":
      return barPlot(plot);
    case "heat":
      return heatPlot(plot);
    default:
      return plot satisfies never;
  }
}

function table({ title, columns, rows }: TourTable): string {
  const numeric = columns.map((_, at) => rows.some((row) => typeof row[at] === "number"));
  const head = columns
    .map((column, at) => `<th${numeric[at] ? ' class="number"' : ""}>${escapeText(column)}</th>`)
    .join("");
  const cell = (value: string | number) =>
    typeof value === "number" ? `<td class="number">${formatNumber(value)}</td>` : `<td>${escapeText(value)}</td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n");
  return `<h3>${escapeText(title)}</h3>
<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table></div>`;
}

function checks(stop: StopReport): string {
  const all = stop.result?.checks ?? [];
  const failed = all.filter((check) => !check.ok).length;
  const rows = all.map(({ name, ok, error, bound }) => [name, ok ? "ok" : "FAILED", error, bound]);
  const list = table({ title: "Checks", columns: ["check", "", "error", "bound"], rows });
  return `<details${failed ? " open" : ""}><summary>${all.length} ${all.length === 1 ? "check" : "checks"}, ${failed} failed</summary>${list}</details>`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
