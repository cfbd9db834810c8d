/** Which steps follow each other: the entries of a batch, or the sequences packed into one of them. */
import { InputError } from "../../backends/contract.js";
import { checkOffsets } from "../attention/options.js";

/** Steps [first, first + steps) of a batch entry, a recurrence of their own. */
export interface Sequence {
  readonly batch: number;
  readonly first: number;
  /** May be 0: the state passes through. */
  readonly steps: number;
}

/** @throws InputError naming cuSeqlens */
export function sequencesOf(
  op: string,
  cuSeqlens: ArrayLike<number> | undefined,
  batch: number,
  steps: number,
): readonly Sequence[] {
  if (cuSeqlens === undefined) return Array.from({ length: batch }, (_, entry) => ({ batch: entry, first: 0, steps }));
  if (batch !== 1) throw new InputError(op, "cuSeqlens", `needs a batch of 1, got ${batch}`);
  const offsets = checkOffsets(op, "cuSeqlens", cuSeqlens, steps);
  return offsets
    .slice(1)
    .map((end, s) => ({ batch: 0, first: offsets[s] as number, steps: end - (offsets[s] as number) }));
}
