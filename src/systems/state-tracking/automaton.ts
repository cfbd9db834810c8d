/** Deterministic finite automata: what the compiler takes, their checks, and the smallest one that does the same. */
import { InputError } from "../../backends/contract.js";

export interface Automaton {
  /** One character per letter. */
  readonly alphabet: string;
  /** next[state][letter] */
  readonly next: readonly (readonly number[])[];
  readonly start: number;
  /** Which states accept; absent where only the state is of interest. */
  readonly accepting?: readonly boolean[];
}

/** @throws InputError naming what is wrong; `argument` is how the caller's user knows the automaton. */
export function checkAutomaton(op: string, automaton: Automaton, argument = "automaton"): void {
  const fail = (problem: string): never => {
    throw new InputError(op, argument, problem);
  };
  if (automaton === null || typeof automaton !== "object") fail(`is ${String(automaton)}; expected an Automaton`);
  const { alphabet, next, start, accepting } = automaton;
  if (typeof alphabet !== "string" || alphabet.length === 0) fail("needs an alphabet of at least one letter");
  const letters = [...alphabet];
  if (new Set(letters).size !== letters.length) fail(`has a letter twice in its alphabet ${JSON.stringify(alphabet)}`);
  if (!Array.isArray(next) || next.length === 0) fail("needs at least one state in next");
  const isState = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < next.length;
  if (!isState(start)) fail(`starts in state ${String(start)}; there are ${next.length}`);
  for (const [state, row] of next.entries()) {
    if (!Array.isArray(row) || row.length !== letters.length) {
      fail(`has ${row?.length} entries in next[${state}]; expected one per letter, ${letters.length}`);
    }
    const wrong = row.findIndex((to: unknown) => !isState(to));
    if (wrong >= 0) fail(`goes to state ${String(row[wrong])} in next[${state}][${wrong}]; there are ${next.length}`);
  }
  if (accepting !== undefined && accepting.length !== next.length) {
    fail(`has ${accepting.length} entries in accepting; expected one per state, ${next.length}`);
  }
}

/** The positions of a text's letters in the alphabet. */
export function lettersOf(op: string, { alphabet }: Automaton, text: string): Int32Array {
  const positions = new Map([...alphabet].map((letter, index) => [letter, index]));
  return Int32Array.from(text, (letter) => {
    const position = positions.get(letter);
    if (position === undefined) {
      throw new InputError(op, "text", `has the letter ${JSON.stringify(letter)}, which is not in the alphabet`);
    }
    return position;
  });
}

/** The states that are reached from the start, in the order of a breadth-first walk. */
function reachable({ next, start }: Automaton): number[] {
  const found = new Set([start]);
  for (const state of found) for (const to of next[state] as number[]) found.add(to);
  return [...found];
}

/**
 * The automaton with the fewest states that accepts the same words (Moore 1956): states are split until those of one class
 * agree in acceptance and in the classes they go to.
 */
export function minimize(automaton: Automaton): Automaton {
  checkAutomaton("minimize", automaton);
  const { alphabet, next, start, accepting } = automaton;
  if (!accepting) throw new InputError("minimize", "automaton", "has no accepting states to keep apart");
  const states = reachable(automaton);
  let classes = new Map(states.map((state) => [state, accepting[state] ? 1 : 0]));
  for (let count = 0; ; ) {
    const names = new Map<string, number>();
    const refined = new Map<number, number>();
    for (const state of states) {
      const name = [classes.get(state), ...(next[state] as number[]).map((to) => classes.get(to))].join();
      if (!names.has(name)) names.set(name, names.size);
      refined.set(state, names.get(name) as number);
    }
    classes = refined;
    if (names.size === count) break;
    count = names.size;
  }
  const representatives = new Map<number, number>();
  for (const state of states)
    if (!representatives.has(classes.get(state)!)) representatives.set(classes.get(state)!, state);
  const members = [...representatives.values()];
  return {
    alphabet,
    next: members.map((state) => (next[state] as number[]).map((to) => classes.get(to) as number)),
    start: classes.get(start) as number,
    accepting: members.map((state) => Boolean(accepting[state])),
  };
}

/** Whether the number of 1s is odd. */
export function parity(): Automaton {
  return modular(2);
}

/** The sum of digits mod m; letter i adds i, so the alphabet is the first m digits and letters (m <= 36). */
export function modular(m: number): Automaton {
  if (!Number.isInteger(m) || m < 2 || m > 36) {
    throw new InputError("modular", "m", `is ${String(m)}; expected an integer from 2 to 36`);
  }
  const digits = Array.from({ length: m }, (_, i) => i);
  return {
    alphabet: digits.map((digit) => digit.toString(36)).join(""),
    next: digits.map((state) => digits.map((digit) => (state + digit) % m)),
    start: 0,
    accepting: digits.map((state) => state === 0),
  };
}

/**
 * Where an object ends that lies in slot `start` when letter i applies the permutation i: what stood in slot s goes to
 * permutations[i][s].
 */
export function permutationAutomaton(permutations: readonly (readonly number[])[], start = 0): Automaton {
  const slots = permutations[0]?.length ?? 0;
  const automaton = {
    alphabet: permutations.map((_, i) => String.fromCharCode(97 + i)).join(""),
    next: Array.from({ length: slots }, (_, slot) => permutations.map((permutation) => permutation[slot] as number)),
    start,
  };
  checkAutomaton("permutationAutomaton", automaton, "permutations");
  return automaton;
}
