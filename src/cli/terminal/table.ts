/** A table for the terminal: borders only where they help, numbers to the right. */
import Table from "cli-table3";
import type { TourTable } from "../../systems/tour-stop.js";
import { formatNumber } from "../report/scale.js";

const plain = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

export function terminalTable({ columns, rows }: Omit<TourTable, "title">): string {
  const numeric = columns.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  const table = new Table({
    head: [...columns],
    chars: plain,
    colAligns: numeric.map((right) => (right ? "right" : "left")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => row.map((cell) => (typeof cell === "number" ? formatNumber(cell) : cell))));
  return table.toString();
}
