/** Two broadcast operands as a short list of axes, so that the innermost loop is as long as it can be. */
import type { Shape } from "../../tensor/shape.js";

export interface BroadcastAxis {
  readonly extent: number;
  /** Strides in elements; 0 where the operand repeats. */
  readonly a: number;
  readonly b: number;
}

/** Axes outermost first; neighbours are merged where both operands walk through them as through one. */
export function broadcastAxes(shape: Shape, a: Shape, b: Shape): BroadcastAxis[] {
  const axes: BroadcastAxis[] = [];
  let strideA = 1;
  let strideB = 1;
  for (let back = 1; back <= shape.length; back++) {
    const extent = shape.at(-back) as number;
    const extentA = a.at(-back) ?? 1;
    const extentB = b.at(-back) ?? 1;
    if (back > a.length) strideA = 0;
    if (back > b.length) strideB = 0;
    const axis = { extent, a: extentA === 1 ? 0 : strideA, b: extentB === 1 ? 0 : strideB };
    strideA *= extentA;
    strideB *= extentB;
    if (extent === 1) continue;
    const inner = axes[0];
    if (inner && axis.a === inner.a * inner.extent && axis.b === inner.b * inner.extent) {
      axes[0] = { extent: inner.extent * extent, a: inner.a, b: inner.b };
    } else axes.unshift(axis);
  }
  return axes.length > 0 ? axes : [{ extent: 1, a: 0, b: 0 }];
}

/** A contiguous piece of the result: element offsets of the operands and the result, and its length. */
export interface BroadcastRun {
  readonly a: number;
  readonly b: number;
  readonly result: number;
  readonly length: number;
}

/** Cuts the result into runs of at most `longest` elements, along the innermost axis. */
export function* broadcastRuns(axes: readonly BroadcastAxis[], longest: number): Generator<BroadcastRun> {
  const inner = axes.at(-1) as BroadcastAxis;
  const outer = axes.slice(0, -1);
  const index = outer.map(() => 0);
  let result = 0;
  for (const rounds = outer.reduce((product, { extent }) => product * extent, 1); result < rounds * inner.extent; ) {
    const startA = outer.reduce((sum, axis, i) => sum + axis.a * (index[i] as number), 0);
    const startB = outer.reduce((sum, axis, i) => sum + axis.b * (index[i] as number), 0);
    for (let at = 0; at < inner.extent; at += longest) {
      const length = Math.min(longest, inner.extent - at);
      yield { a: startA + at * inner.a, b: startB + at * inner.b, result: result + at, length };
    }
    result += inner.extent;
    for (let i = outer.length - 1; i >= 0; i--) {
      index[i] = (index[i] as number) + 1;
      if ((index[i] as number) < (outer[i] as BroadcastAxis).extent) break;
      index[i] = 0;
    }
  }
}
