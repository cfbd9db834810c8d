/** Linear and logarithmic axes: where a value lies, which values get a label, and how a number is written. */
import type { PlotAxis } from "../../systems/tour-stop.js";

export interface Scale {
  /** Position of a value between `from` and `to`. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** A scale over the finite values (on a log axis the positive ones); undefined when there are none. */
export function makeScale(axis: PlotAxis, values: readonly number[], from: number, to: number): Scale | undefined {
  const log = axis.scale === "log";
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (usable.length === 0) return undefined;
  const low = usable.reduce((a, b) => Math.min(a, b));
  const high = usable.reduce((a, b) => Math.max(a, b));
  return log ? logScale(low, high, from, to) : linearScale(low, high, from, to);
}

/** True when the value has a place on the axis. */
export const onAxis = (axis: PlotAxis, value: number): boolean =>
  Number.isFinite(value) && (axis.scale !== "log" || value > 0);

function linearScale(low: number, high: number, from: number, to: number): Scale {
  const step = niceStep((high - low || Math.abs(high) || 1) / 5);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { ticks, at: (value) => from + ((value / step - first) / (last - first)) * (to - from) };
}

function logScale(low: number, high: number, from: number, to: number): Scale {
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const every = Math.ceil((last - first) / 8);
  const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const ticks = decades.filter((decade) => (decade - first) % every === 0).map((decade) => 10 ** decade);
  return { ticks, at: (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from) };
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10) * power;
}

/** Three significant digits: 0.12, 1234, 1.2e-7. */
export function formatNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  if (size >= 1e5 || size < 1e-3)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  return String(Number(value.toPrecision(3)));
}
