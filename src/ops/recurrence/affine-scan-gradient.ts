/**
 * Gradients of first-order recurrences, which are recurrences the other way: what reaches h_t is its own gradient and a_(t+1) times
 * what reaches h_(t+1). A segment takes nothing from the next one, and gives nothing to the a of its first step.
 */
import type { Gradient, RecordedCall } from "../../engine/gradient.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul } from "../binary.js";
import { fill } from "../fill.js";
import { type SliceRange, slice } from "../slice.js";
import { type AffineScanOptions, type AffineScanParams, affineScan } from "./affine-scan.js";
import { waysOf } from "./scan-gradient.js";

type Ways = ReturnType<typeof waysOf>;

/** What reaches every h_t, where `dy` are the gradients of the results. */
function reaching(dy: Tensor, a: Tensor, { back, exclusive }: Ways): Tensor {
  // An exclusive scan gives h_t at the next step, so all that reaches it comes from there.
  if (exclusive) return affineScan(a, dy, { ...back, exclusive: true });
  return add(dy, affineScan(a, mul(a, dy), { ...back, exclusive: true }));
}

/** The first step in the direction of the scan, without its axis. */
function firstOf(x: Tensor, { axis, reverse }: Ways["along"]): Tensor {
  const along = axis < 0 ? axis + x.rank : axis;
  const range: SliceRange = reverse ? [-1, null] : [0, 1];
  const first = slice(
    x,
    x.shape.map((_, i) => (i === along ? range : null)),
  );
  return first.reshape(x.shape.toSpliced(along, 1));
}

export const affineScanGradient: Gradient<AffineScanParams> = ({
  inputs,
  args,
  params,
}: RecordedCall<AffineScanParams>) => {
  const [a, b, ...others] = inputs as [Tensor, Tensor, ...Tensor[]];
  const options = (args[2] ?? {}) as AffineScanOptions;
  const { hasInitial } = params;
  return [
    {
      to: hasInitial ? [0, 1, 2] : [0, 1],
      reads: [a, b, ...others],
      run: ([dy], [a, b, ...others]) => {
        const [initial, mask] = hasInitial ? others : [undefined, ...others];
        const ways = waysOf(options, mask);
        const db = reaching(dy as Tensor, a as Tensor, ways);
        const start = initial ? { initial } : {};
        const before = affineScan(a as Tensor, b as Tensor, { ...ways.along, ...start, exclusive: true });
        const da = mul(db, before);
        if (!hasInitial) return [da, db];
        // Nothing of a line without steps depends on what it would begin with.
        if (params.lines.n === 0) return [da, db, fill(da.engine, inputs[2]!.shape, 0, { dtype: da.dtype })];
        const passed = mul(firstOf(a as Tensor, ways.along), firstOf(db, ways.along));
        return [da, db, ways.exclusive ? add(passed, firstOf(dy as Tensor, ways.along)) : passed];
      },
    },
  ];
};
