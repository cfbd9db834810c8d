/** Gradient of gather: every slice of the result's is added to where it came from. The indices have none. */
import type { Gradient } from "../engine/gradient.js";
import { fill } from "./fill.js";
import type { Table } from "./movement/table.js";
import { scatter } from "./scatter.js";
import { pullback } from "./support/pullbacks.js";

export const gatherGradient: Gradient<Table> = ({ inputs: [a, indices], params: { outer, extent, inner, count } }) => [
  pullback(0, [indices!], (dy, indices) => {
    const nothing = fill(dy.engine, [outer, extent, inner], 0, { dtype: dy.dtype });
    const updates = dy.reshape([outer, count, inner]);
    return scatter(nothing, indices.reshape([count]), updates, { axis: 1, mode: "add" }).reshape(a!.shape);
  }),
];
