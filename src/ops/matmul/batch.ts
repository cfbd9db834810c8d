/** The batch axes of a product as few nested loops: neighbours that both operands walk or repeat alike become one. */
import type { MatmulParams } from "./params.js";

export interface FoldedBatch {
  /** Extents of the loops, outermost first; empty for a single product. */
  readonly extents: readonly number[];
  /** How many matrices of a and b one step of each loop moves on; 0 where the operand repeats. */
  readonly stepsA: readonly number[];
  readonly stepsB: readonly number[];
}

export function foldBatch({ batch, batchA, batchB }: Pick<MatmulParams, "batch" | "batchA" | "batchB">): FoldedBatch {
  const extents: number[] = [];
  const steps: { a: number[]; b: number[] } = { a: [], b: [] };
  let [matricesA, matricesB] = [1, 1];
  // From the innermost axis outwards, so that the step of an axis is the product of the extents inside it.
  for (let back = 1; back <= batch.length; back++) {
    const extent = batch.at(-back) as number;
    const [ownA, ownB] = [batchA.at(-back) ?? 1, batchB.at(-back) ?? 1];
    if (extent === 1) continue;
    const [stepA, stepB] = [ownA === 1 ? 0 : matricesA, ownB === 1 ? 0 : matricesB];
    const inner = extents[0];
    const continues = (step: number, within: number | undefined) => step === (within as number) * (inner as number);
    if (inner !== undefined && continues(stepA, steps.a[0]) && continues(stepB, steps.b[0]))
      extents[0] = inner * extent;
    else {
      extents.unshift(extent);
      steps.a.unshift(stepA);
      steps.b.unshift(stepB);
    }
    matricesA *= ownA;
    matricesB *= ownB;
  }
  return { extents, stepsA: steps.a, stepsB: steps.b };
}
