/** Groups of bars; a missing value (NaN, or not positive on a log axis) leaves a gap. */
import type { BarPlot } from "../../systems/tour-stop.js";
import { barRows } from "./bar-rows.js";
import { base, bottom, colour, left, legend, right, svg, top, yAxis } from "./frame.js";
import { formatNumber, makeScale, onAxis } from "./scale.js";
import { el, escapeText, text } from "./svg.js";

/** Longer rows of names are turned, so that they do not run into each other. */
const uprightGroups = 8;
const standingGroups = 16;

export function barPlot(plot: BarPlot): string {
  if (plot.groups.length > standingGroups) return barRows(plot);
  const values = plot.series.flatMap((series) => series.values);
  // A bar has length, so a linear axis must contain zero.
  const y = makeScale(plot.y, plot.y.scale === "log" ? values : [0, ...values], bottom, top);
  if (!y) return "<p>No values.</p>";
  const floor = plot.y.scale === "log" ? bottom : y.at(0);
  const slot = (right - left) / Math.max(1, plot.groups.length);
  const bar = Math.min(40, (slot * 0.8) / plot.series.length);
  const bars = plot.series.flatMap((series, index) =>
    series.values.map((value, group) => {
      if (!onAxis(plot.y, value)) return "";
      const x = left + slot * (group + 0.5) + bar * (index - plot.series.length / 2);
      const end = y.at(value);
      const note = `${plot.groups[group] ?? ""} ${series.name}: ${formatNumber(value)}`;
      const box = { x, y: Math.min(end, floor), width: bar * 0.92, height: Math.max(1, Math.abs(end - floor)) };
      return el("rect", { ...box, fill: colour(index) }, el("title", {}, escapeText(note)));
    }),
  );
  const turned = plot.groups.length > uprightGroups;
  const names = plot.groups.map((name, group) => {
    const x = left + slot * (group + 0.5);
    const turn = { "text-anchor": "end", transform: `rotate(-40 ${x} ${bottom + 14})` };
    return text(x, bottom + (turned ? 14 : 18), name, turned ? turn : { "text-anchor": "middle" });
  });
  return svg(plot, yAxis(plot.y, y), base(), ...bars, ...names) + legend(plot.series.map(({ name }) => name));
}
