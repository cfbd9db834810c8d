/** Bars that lie, a row per name: for more names than stand side by side. */
import type { BarPlot } from "../../systems/tour-stop.js";
import { colour, legend, svg, top, width } from "./frame.js";
import { formatNumber, makeScale, onAxis } from "./scale.js";
import { el, escapeText, text } from "./svg.js";

const [left, right] = [110, width - 24];
const thickness = 7;
const gap = 8;

export function barRows(plot: BarPlot): string {
  const values = plot.series.flatMap((series) => series.values);
  const x = makeScale(plot.y, plot.y.scale === "log" ? values : [0, ...values], left, right);
  if (!x) return "<p>No values.</p>";
  const row = plot.series.length * thickness + gap;
  const bottom = top + row * plot.groups.length;
  const floor = plot.y.scale === "log" ? left : x.at(0);
  const bars = plot.series.flatMap((series, index) =>
    series.values.map((value, group) => {
      if (!onAxis(plot.y, value)) return "";
      const end = x.at(value);
      const note = `${plot.groups[group] ?? ""} ${series.name}: ${formatNumber(value)}`;
      const box = { x: Math.min(end, floor), y: top + row * group + gap / 2 + thickness * index, height: thickness };
      const size = { width: Math.max(1, Math.abs(end - floor)), fill: colour(index) };
      return el("rect", { ...box, ...size }, el("title", {}, escapeText(note)));
    }),
  );
  const names = plot.groups.map((name, group) =>
    text(left - 8, top + row * (group + 0.5) + 4, name, { "text-anchor": "end" }),
  );
  const grid = x.ticks.map((tick) => {
    const label = text(x.at(tick), bottom + 18, formatNumber(tick), { "text-anchor": "middle" });
    return el("line", { class: "grid", x1: x.at(tick), x2: x.at(tick), y1: top, y2: bottom }) + label;
  });
  const axis = text((left + right) / 2, bottom + 38, plot.y.label, { "text-anchor": "middle" });
  const picture = svg({ title: plot.title, height: bottom + 48 }, ...grid, ...bars, ...names, axis);
  return picture + legend(plot.series.map(({ name }) => name));
}
