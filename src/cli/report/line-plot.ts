/** Lines with a dot at every point, and points alone as rings. */
import type { LinePlot } from "../../systems/tour-stop.js";
import { bottom, colour, left, legend, right, svg, top, xAxis, yAxis } from "./frame.js";
import { formatNumber, makeScale, onAxis } from "./scale.js";
import { el, escapeText } from "./svg.js";

export function linePlot(plot: LinePlot): string {
  const points = plot.series.flatMap((series) => series.points);
  const x = makeScale(
    plot.x,
    points.map(([value]) => value),
    left + 8,
    right - 8,
  );
  const y = makeScale(
    plot.y,
    points.map(([, value]) => value),
    bottom,
    top,
  );
  if (!x || !y) return "<p>No values.</p>";
  const drawn = plot.series.map((series, index) => {
    const placed = series.points
      .filter(([px, py]) => onAxis(plot.x, px) && onAxis(plot.y, py))
      .map(([px, py]) => ({ px, py, cx: x.at(px), cy: y.at(py) }));
    const path = placed.map(({ cx, cy }, i) => `${i ? "L" : "M"}${cx.toFixed(1)} ${cy.toFixed(1)}`).join("");
    const line = el("path", { d: path, fill: "none", stroke: colour(index), "stroke-width": 2 });
    // Dots on long lines would only thicken them.
    if (placed.length > 60 && !series.pointsOnly) return line;
    const ring = { r: 6, fill: "none", stroke: colour(index), "stroke-width": 2 };
    const dot = { r: 3, fill: colour(index) };
    const dots = placed.map(({ px, py, cx, cy }) => {
      const note = `${series.name} (${formatNumber(px)}, ${formatNumber(py)})`;
      return el("circle", { cx, cy, ...(series.pointsOnly ? ring : dot) }, el("title", {}, escapeText(note)));
    });
    return (series.pointsOnly ? "" : line) + dots.join("");
  });
  const names = plot.series.map((series) => series.name);
  return svg(plot, yAxis(plot.y, y), xAxis(plot.x, x), ...drawn) + legend(names);
}
