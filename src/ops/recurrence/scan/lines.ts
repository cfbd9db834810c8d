/** The lines that a scan runs along, and where on them it begins anew: what all scans check in the same way. */
import { DTypeError, ShapeError } from "../../../backends/contract.js";
import type { DType } from "../../../tensor/dtype.js";
import { type Shape, sameShape } from "../../../tensor/shape.js";
import { assertTensor, Tensor } from "../../../tensor/tensor.js";
import { checkOffsets } from "../../attention/options.js";
import type { CallOptions } from "../../define-op.js";
import { type Rows, rowsAlong } from "../../normalize/rows.js";
import { checkFlag } from "../options.js";

export interface LineOptions extends CallOptions {
  /** The axis that is scanned; the last one by default. */
  axis?: number;
  /** Every element gets the result of those before it, without itself; the first one of nothing. */
  exclusive?: boolean;
  /** From the last element to the first. */
  reverse?: boolean;
  /**
   * Where the scan begins anew: offsets that ascend from 0 to the length of the axis (equal neighbours are an empty segment), or
   * flags, u8, i32 or u32, not 0 in the first element of a segment, of the axis alone or of every element. In either direction a
   * segment is the same elements. The first flag may be 0.
   */
  segments?: Tensor | ArrayLike<number>;
}

export interface Lines extends Rows {
  readonly exclusive: boolean;
  readonly reverse: boolean;
  readonly segments: Segments | undefined;
}

/** Flags are an input of the call; offsets are not. */
export type Segments =
  | { readonly kind: "offsets"; readonly offsets: readonly number[]; readonly each: false }
  | { readonly kind: "flags"; readonly dtype: DType /** One per element, not per step. */; readonly each: boolean };

function segmentsOf(op: string, segments: Tensor | ArrayLike<number>, shape: Shape, n: number): Segments {
  if (!(segments instanceof Tensor)) {
    return { kind: "offsets", offsets: checkOffsets(op, "segments", segments, n), each: false };
  }
  assertTensor(op, "segments", segments);
  const { dtype } = segments;
  if (dtype !== "u8" && dtype !== "i32" && dtype !== "u32") {
    throw new DTypeError(op, "segments", { expected: "u8, i32 or u32", actual: dtype });
  }
  const each = sameShape(segments.shape, shape) && shape.length > 1;
  if (!each && !sameShape(segments.shape, [n])) {
    throw new ShapeError(op, "segments", { expected: `[${n}] or [${shape.join(", ")}]`, actual: segments.shape });
  }
  return { kind: "flags", dtype, each };
}

/**
 * The lines of a tensor of `shape`, which the scan's elements form.
 * @throws ShapeError, DTypeError, InputError naming the option
 */
export function linesOf(
  op: string,
  shape: Shape,
  options: LineOptions,
): { lines: Lines; flags: Tensor[]; axis: number } {
  const { axis: along, ...rows } = rowsAlong(op, shape, options.axis ?? -1);
  const { segments } = options;
  return {
    lines: {
      ...rows,
      exclusive: checkFlag(op, "exclusive", options.exclusive),
      reverse: checkFlag(op, "reverse", options.reverse),
      segments: segments === undefined ? undefined : segmentsOf(op, segments, shape, shape[along] as number),
    },
    flags: segments instanceof Tensor ? [segments] : [],
    axis: along,
  };
}
