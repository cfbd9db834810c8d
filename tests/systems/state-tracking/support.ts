/** Random automata and words, the same in every run. */
import type { Automaton } from "../../../src/systems/state-tracking/automaton.js";

/** Park and Miller 1988. */
export function dice(seed: number): (sides: number) => number {
  let state = (seed * 7919 + 1) % 2147483647;
  return (sides) => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * sides);
  };
}

export function randomAutomaton(seed: number): Automaton {
  const roll = dice(seed);
  const states = 1 + roll(6);
  // Every third one moves states downwards only or stays, and so has no groups.
  const aperiodic = seed % 3 === 0;
  return {
    alphabet: "abc",
    next: Array.from({ length: states }, (_, state) =>
      Array.from({ length: 3 }, () => (aperiodic ? Math.min(roll(states), state + roll(2)) : roll(states))),
    ),
    start: roll(states),
    accepting: Array.from({ length: states }, () => roll(2) === 1),
  };
}

export function randomWord(seed: number, length: number, letters = 3): Int32Array {
  const roll = dice(seed);
  return Int32Array.from({ length }, () => roll(letters));
}

/** An expression of up to about `size` letters over a, b, c. */
export function randomExpression(seed: number): string {
  const roll = dice(seed);
  const part = (depth: number): string => {
    const kind = depth === 0 ? 0 : roll(6);
    if (kind <= 1) return "abc"[roll(3)] as string;
    if (kind === 2) return `(${part(depth - 1)}|${part(depth - 1)})`;
    if (kind === 3) return `(${part(depth - 1)})${"*+?"[roll(3)]}`;
    return `${part(depth - 1)}${part(depth - 1)}`;
  };
  return part(4);
}
