/** What every plot shares: the size, the margins, the axes and the legend. */
import type { PlotAxis } from "../../systems/tour-stop.js";
import { formatNumber, type Scale } from "./scale.js";
import { el, escapeText, text } from "./svg.js";

export const width = 560;
export const height = 320;
export const left = 64;
export const right = width - 16;
export const top = 16;
export const bottom = height - 56;

/** Colours by position; the page gives --c0.. their values for light and dark. */
export const colour = (index: number): string => `var(--c${index % 8})`;

export function svg({ title, height: tall = height }: { title: string; height?: number }, ...children: string[]) {
  return el("svg", { viewBox: `0 0 ${width} ${tall}`, role: "img", "aria-label": title }, ...children);
}

export function yAxis(axis: PlotAxis, scale: Scale): string {
  const lines = scale.ticks.map((tick) => {
    const y = scale.at(tick);
    const label = text(left - 8, y + 4, formatNumber(tick), { "text-anchor": "end" });
    return el("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }) + label;
  });
  const middle = (top + bottom) / 2;
  const name = text(14, middle, axis.label, { "text-anchor": "middle", transform: `rotate(-90 14 ${middle})` });
  return lines.join("") + name;
}

export function xAxis(axis: PlotAxis, scale: Scale): string {
  const ticks = scale.ticks.map((tick) => {
    const x = scale.at(tick);
    const mark = el("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 });
    return mark + text(x, bottom + 18, formatNumber(tick), { "text-anchor": "middle" });
  });
  return base() + ticks.join("") + xLabel(axis.label);
}

export const base = (): string => el("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom });

export const xLabel = (label: string): string =>
  text((left + right) / 2, bottom + 38, label, { "text-anchor": "middle" });

/** The names of the series beside a spot of their colour, under the plot; nothing for a single one without a name. */
export function legend(names: readonly string[]): string {
  if (names.length === 1 && names[0] === "") return "";
  const entries = names.map((name, index) => {
    const spot = el("span", { class: "spot", style: `background:${colour(index)}` });
    return el("span", { class: "entry" }, spot, el("span", {}, escapeText(name)));
  });
  return el("div", { class: "legend" }, ...entries);
}
