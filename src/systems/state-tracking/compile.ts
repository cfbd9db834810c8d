/**
 * From an automaton to the weights of delta-rule layers (Grazzi and others, "Unlocking State-Tracking in Linear RNNs Through
 * Negative Eigenvalues", 2024, theorems 3 and 4), by tables of small integers, so that f32 is exact for any length.
 *
 * A layer keeps one number as a one-hot state, one value wide. The exchange of slots i and j is one delta step with the key
 * e_i - e_j, beta 1 and value 0: (I - k k^T), an eigenvalue of -1. A reset is a gate of 0 (a log-decay of -Infinity) and the
 * write of a unit vector. A permutation automaton needs one layer of exchanges, one with resets besides one layer too; any
 * other is a cascade of such layers (cascade.ts), where a layer reads the numbers above it from before the letter.
 */
import { UnsupportedError } from "../../backends/contract.js";
import { type Automaton, checkAutomaton } from "./automaton.js";
import { type Cascade, type CascadeLevel, cascadeOf } from "./cascade.js";
import { constantOf, exchangesOf, isPermutation, type Transformation } from "./transformation.js";

export interface CompiledLayer {
  /** Slots of the one-hot state: key channels. */
  readonly size: number;
  /** Delta steps per letter (Householder factors). */
  readonly steps: number;
  /** Rows of the tables: letters times the values of all numbers above. */
  readonly entries: number;
  /** [entries, steps, size], entries of -1, 0 and 1. */
  readonly keys: Float32Array;
  /** [entries, steps]; 1 where a step does something. */
  readonly betas: Float32Array;
  /** [entries, steps]; 1 where a step writes its key. */
  readonly values: Float32Array;
  /** [entries]; log-decay before the steps, 0 or -Infinity. */
  readonly gates: Float32Array;
  readonly start: number;
}

export interface CompiledAutomaton {
  readonly automaton: Automaton;
  /** What the layers are: exchanges alone, with resets, or more than one layer. */
  readonly kind: "permutation" | "permutation-reset" | "cascade";
  readonly layers: readonly CompiledLayer[];
  /** The automaton's state by the numbers of all layers, the first one the least digit. */
  readonly states: Int32Array;
}

/** Numbers in all tables together; a cascade of 9 states would take a hundred million. */
const tableLimit = 2 ** 23;

/**
 * @throws InputError for an automaton that is none; UnsupportedError when its cascade needs tables of more than 2^23 numbers
 * (from about 9 states on, unless every letter permutes the states or sends all to one)
 */
export function compile(automaton: Automaton): CompiledAutomaton {
  checkAutomaton("compile", automaton);
  const letters = [...automaton.alphabet].length;
  const maps = Array.from({ length: letters }, (_, letter) => automaton.next.map((row) => row[letter] as number));
  const permutes = maps.every(isPermutation);
  const simple = permutes || maps.every((map) => isPermutation(map) || constantOf(map) !== undefined);
  const { levels, states }: Cascade = simple
    ? { levels: [{ size: maps[0]!.length, actions: maps, start: automaton.start }], states: maps[0]!.map((_, i) => i) }
    : checkedCascade(automaton, letters);
  return {
    automaton,
    kind: permutes ? "permutation" : simple ? "permutation-reset" : "cascade",
    layers: levels.map(layerOf),
    states: Int32Array.from(states),
  };
}

/** Refuses before anything of that size is made. */
function checkedCascade(automaton: Automaton, letters: number): Cascade {
  let entries = letters;
  let numbers = 0;
  for (let size = automaton.next.length; size > 1; size--) {
    numbers += entries * size * size;
    entries *= size;
    if (numbers > tableLimit) {
      throw new UnsupportedError(
        "compile",
        `the cascade of ${automaton.next.length} states and ${letters} letters needs tables of more than ${tableLimit} numbers`,
      );
    }
  }
  return cascadeOf(automaton);
}

/** One delta step: content exchanged between two slots, or a 1 written into one. */
type Step = { readonly exchange: readonly [number, number] } | { readonly write: number };

function stepsOf(map: Transformation): { resets: boolean; steps: Step[] } {
  const constant = map.length > 1 ? constantOf(map) : undefined;
  return constant === undefined
    ? { resets: false, steps: exchangesOf(map).map((exchange) => ({ exchange })) }
    : { resets: true, steps: [{ write: constant }] };
}

function layerOf({ size, actions, start }: CascadeLevel): CompiledLayer {
  const rows = actions.map(stepsOf);
  const steps = Math.max(1, ...rows.map((row) => row.steps.length));
  const entries = rows.length;
  const keys = new Float32Array(entries * steps * size);
  const betas = new Float32Array(entries * steps);
  const values = new Float32Array(entries * steps);
  const gates = new Float32Array(entries);
  for (const [entry, row] of rows.entries()) {
    if (row.resets) gates[entry] = Number.NEGATIVE_INFINITY;
    for (const [index, step] of row.steps.entries()) {
      const at = entry * steps + index;
      betas[at] = 1;
      if ("write" in step) {
        values[at] = 1;
        keys[at * size + step.write] = 1;
      } else {
        keys[at * size + step.exchange[0]] = 1;
        keys[at * size + step.exchange[1]] = -1;
      }
    }
  }
  return { size, steps, entries, keys, betas, values, gates, start };
}
