/**
 * Gradients of scans, which are scans the other way. The gradient of a running sum is the sum of what comes after; that of a running
 * maximum goes to the last of the greatest elements so far. Products are right where elements are zero, too.
 */
import type { Gradient, RecordedCall } from "../../engine/gradient.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../binary.js";
import { cast } from "../cast.js";
import { eq, ge, ne } from "../compare.js";
import { pad } from "../pad.js";
import { type SliceRange, slice } from "../slice.js";
import { onlyWhere, pullback, scalarLike } from "../support/pullbacks.js";
import { exp, log, neg, relu } from "../unary.js";
import { where } from "../where.js";
import type { LineOptions } from "./scan/lines.js";
import { type ScanOptions, type ScanParams, scan } from "./scan.js";

/** Which way a scan went, and the way back, with the flags of segments that were kept. */
export function waysOf(options: LineOptions, flags: Tensor | undefined) {
  const { axis = -1, reverse = false, exclusive = false, segments } = options;
  const how = { axis, ...(segments === undefined ? {} : { segments: flags ?? segments }) };
  return { along: { ...how, reverse }, back: { ...how, reverse: !reverse }, exclusive };
}

type Ways = ReturnType<typeof waysOf>;

const onAxis = ({ rank }: Tensor, axis: number, range: SliceRange): SliceRange[] =>
  Array.from({ length: rank }, (_, i) => (i === (axis < 0 ? axis + rank : axis) ? range : null));

const flipped = (x: Tensor, axis: number): Tensor => slice(x, onAxis(x, axis, [null, null, -1]));

/** Every element's successor, 0 after the last. */
function nextOf(x: Tensor, axis: number): Tensor {
  const along = axis < 0 ? axis + x.rank : axis;
  const widths = Array.from({ length: x.rank }, (_, i): [number, number] => [0, Number(i === along)]);
  return slice(pad(x, widths), onAxis(x, axis, [1, null]));
}

function ofMax(dy: Tensor, a: Tensor, { along, exclusive }: Ways): Tensor {
  const { axis, reverse } = along;
  const before = scan(a, { op: "max", ...along, exclusive: true });
  // The first element of every segment is one, because nothing is less than what an exclusive scan begins with.
  const isRecord = ge(a, before);
  const inOrder = (x: Tensor) => (reverse ? flipped(x, axis) : x);
  const least = scalarLike(before, Number.NEGATIVE_INFINITY);
  const upper = exclusive ? nextOf(inOrder(where(eq(before, least), scalarLike(dy, 0), dy)), axis) : inOrder(dy);
  const sums = scan(upper, { axis, reverse: true, segments: inOrder(isRecord) });
  return onlyWhere(isRecord, inOrder(sums));
}

/**
 * sum of dy_t y_t / a_s over the t that s is part of. In place of the quotient, the first zero of a segment has the product of the
 * others; any later zero has a product with that one in it, and so have all elements: 0.
 */
function ofProduct(dy: Tensor, a: Tensor, { along, back, exclusive }: Ways): Tensor {
  const [zero, one] = [scalarLike(a, 0), scalarLike(a, 1)];
  const isZero = eq(a, zero);
  const isFirst = eq(where(isZero, scan(cast(isZero, a.dtype), along), zero), one);
  const after = (y: Tensor) => scan(mul(dy, y), { ...back, exclusive });
  const products = (factors: Tensor) => scan(factors, { op: "multiply", ...along, exclusive });
  const quotients = div(after(products(a)), where(isZero, one, a));
  return where(isFirst, after(products(where(isFirst, one, a))), where(isZero, zero, quotients));
}

/**
 * e^a_s times the sum of dy_t e^-y_t over the t that s is part of, kept as two log-sum-exps, of the positive dy and of the negative:
 * so nothing overflows that the result does not.
 */
function ofLogsumexp(dy: Tensor, a: Tensor, { along, back, exclusive }: Ways): Tensor {
  const y = scan(a, { op: "logsumexp", ...along, exclusive });
  const least = scalarLike(y, Number.NEGATIVE_INFINITY);
  const hasWeight = ne(y, least);
  const part = (upper: Tensor) => {
    const logs = where(hasWeight, sub(log(relu(upper)), y), least);
    return exp(add(a, scan(logs, { op: "logsumexp", ...back, exclusive })));
  };
  return sub(part(dy), part(neg(dy)));
}

export const scanGradient: Gradient<ScanParams> = ({ inputs, args, params }: RecordedCall<ScanParams>) => {
  const [a, ...flags] = inputs as [Tensor, Tensor?];
  const options = (args[1] ?? {}) as ScanOptions;
  const kept = flags.filter((each) => each !== undefined);
  if (params.operation === "add") {
    return [
      pullback(0, kept, (dy, ...[mask]) => {
        const { back, exclusive } = waysOf(options, mask);
        return scan(dy, { ...back, exclusive });
      }),
    ];
  }
  const rule = { multiply: ofProduct, max: ofMax, logsumexp: ofLogsumexp }[params.operation];
  return [pullback(0, [a, ...kept], (dy, a, ...[mask]) => rule(dy, a, waysOf(options, mask)))];
};
