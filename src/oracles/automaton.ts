/** The states of an automaton, one letter after the other. */

export interface Steps {
  readonly next: readonly (readonly number[])[];
  readonly start: number;
}

/** @returns the state after each letter */
export function automatonTrace({ next, start }: Steps, letters: ArrayLike<number>): Int32Array {
  let state = start;
  return Int32Array.from({ length: letters.length }, (_, t) => {
    state = next[state]?.[letters[t] as number] as number;
    return state;
  });
}
