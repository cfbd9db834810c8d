/** A matrix as a field of tinted squares: the first row on top, the largest value in full colour. */
import type { HeatPlot } from "../../systems/tour-stop.js";
import { bottom, left, svg, top, width, xLabel } from "./frame.js";
import { formatNumber } from "./scale.js";
import { el, text } from "./svg.js";

const side = bottom - top;

export function heatPlot(plot: HeatPlot): string {
  const all = plot.values.flat().filter(Number.isFinite);
  const columns = plot.values[0]?.length ?? 0;
  if (all.length === 0 || columns === 0) return "<p>No values.</p>";
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const tall = side / plot.values.length;
  const wide = Math.min((width - left - 16) / columns, Math.max(tall, side / columns));
  const offset = left + (width - left - 16 - wide * columns) / 2;
  const cells = plot.values.flatMap((row, i) =>
    row.map((value, j) => {
      if (!Number.isFinite(value)) return "";
      const opacity = high > low ? (value - low) / (high - low) : 1;
      // A hair of overlap hides the seams between cells.
      const box = { x: offset + j * wide, y: top + i * tall, width: wide + 0.3, height: tall + 0.3 };
      return el("rect", { ...box, fill: "var(--c0)", "fill-opacity": opacity });
    }),
  );
  const middle = (top + bottom) / 2;
  const turn = { "text-anchor": "middle", transform: `rotate(-90 ${offset - 12} ${middle})` };
  const border = el("rect", { class: "frame", x: offset, y: top, width: wide * columns, height: side });
  const range = text(offset, bottom + 18, `${formatNumber(low)} (clear) to ${formatNumber(high)} (full)`);
  return svg(plot, ...cells, border, text(offset - 12, middle, plot.yLabel, turn), range, xLabel(plot.xLabel));
}
