// What the backward pass of the delta rule keeps of a chunk beyond common/delta-space.ts, all f32. W is V rounded up to whole panels,
// K8 is K rounded up to 8.
//
//   dOutputs, dValues       panels of the gradients of the rows that are read and of what is written
//   dKIn, dQIn, dKOut       [C][K8]: the gradients of kIn, qIn, kOut; dCarry [K]
//   dScores, dReads         [c][C], [R][C]: of scores (divided by beta) and of reads
//   dKey, dQuery            [C][K8]; dBeta [C]; dDecay [C] or [C][K8]

import { DeltaSpace } from "./delta-space";
import { PANEL_COLUMNS, panelsOf } from "./recurrence-panels";

@unmanaged
export class BackSpace {
  /** W, and bytes of a row of K8. */
  width: i32;
  row: usize;
  dOutputs: usize;
  dValues: usize;
  dKIn: usize;
  dQIn: usize;
  dKOut: usize;
  dCarry: usize;
  dScores: usize;
  dReads: usize;
  dKey: usize;
  dQuery: usize;
  dBeta: usize;
  dDecay: usize;
  /** Packed along the value columns: a state by its rows, and two blocks of rows of the chunk. */
  stateRows: usize;
  left: usize;
  right: usize;
  /** Packed along the micro-steps. */
  pairs: usize;
  keys: usize;
  end: usize;
}

export function placeBackSpace(at: usize, space: DeltaSpace): BackSpace {
  const back = changetype<BackSpace>(at);
  const most = space.most, panels = panelsOf(space.columns), k8 = (space.channels + 7) & ~7;
  const width = panels * PANEL_COLUMNS, keys = <usize>(most * k8) << 2, square = <usize>(most * most) << 2;
  const values = space.valuePanel * panels;
  back.width = width;
  back.row = <usize>k8 << 2;
  let next = at + ((offsetof<BackSpace>() + 15) & ~15);
  back.dOutputs = next, next += values;
  back.dValues = next, next += values;
  back.dKIn = next, next += keys;
  back.dQIn = next, next += keys;
  back.dKOut = next, next += keys;
  back.dCarry = next, next += <usize>k8 << 2;
  back.dScores = next, next += square;
  back.dReads = next, next += square;
  back.dKey = next, next += keys;
  back.dQuery = next, next += keys;
  back.dBeta = next, next += <usize>most << 2;
  back.dDecay = next, next += keys;
  back.stateRows = next, next += <usize>(k8 * width) << 2;
  back.left = next, next += <usize>(max(most, 8) * width) << 2;
  back.right = next, next += <usize>(max(most, 8) * width) << 2;
  back.pairs = next, next += max(square, keys);
  back.keys = next, next += max(square, keys);
  back.end = next;
  return back;
}
