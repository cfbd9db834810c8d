import { describe, expect, test } from "vitest";
import { UnsupportedError } from "../../../src/backends/contract.js";
import { automatonTrace } from "../../../src/oracles/automaton.js";
import type { Automaton } from "../../../src/systems/state-tracking/automaton.js";
import { type Cascade, cascadeOf } from "../../../src/systems/state-tracking/cascade.js";
import { compile } from "../../../src/systems/state-tracking/compile.js";
import { constantOf, exchangesOf, isPermutation } from "../../../src/systems/state-tracking/transformation.js";
import { dice, randomAutomaton, randomWord } from "./support.js";

/** Runs a cascade by its own tables, number by number. */
function cascadeTrace({ levels, states }: Cascade, letters: number, word: Int32Array): Int32Array {
  const numbers = levels.map(({ start }) => start);
  return word.map((letter) => {
    let above = 0;
    let radix = 1;
    const before = [...numbers];
    for (const [i, { size, actions }] of levels.entries()) {
      numbers[i] = actions[letter + letters * above]![before[i]!]!;
      above += radix * before[i]!;
      radix *= size;
    }
    return states[numbers.reduceRight((sum, number, i) => sum * levels[i]!.size + number, 0)]!;
  });
}

describe("cascades", () => {
  test("of 200 random automata follow them for 1000 letters", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const automaton = randomAutomaton(seed);
      const word = randomWord(seed, 1000);
      expect(cascadeTrace(cascadeOf(automaton), 3, word), `seed ${seed}`).toEqual(automatonTrace(automaton, word));
    }
  });

  test("act at every level by permutations and resets alone", () => {
    for (let seed = 1; seed <= 50; seed++) {
      for (const { actions } of cascadeOf(randomAutomaton(seed)).levels) {
        for (const action of actions) expect(isPermutation(action) || constantOf(action) !== undefined).toBe(true);
      }
    }
  });

  test("of an automaton without groups, among sets that lead to each other, have no permutation but the identity", () => {
    // Two letters that push towards either end of a line: aperiodic, every pair of neighbours reaches every other.
    const line: Automaton = {
      alphabet: "lr",
      next: [0, 1, 2, 3].map((state) => [Math.max(0, state - 1), Math.min(3, state + 1)]),
      start: 1,
    };
    for (const { actions } of cascadeOf(line).levels.slice(0, 1)) {
      for (const action of actions) {
        expect(constantOf(action) !== undefined || action.every((to, from) => to === from)).toBe(true);
      }
    }
  });
});

test("exchanges, made one after the other, are the permutation", () => {
  const roll = dice(7);
  for (let round = 0; round < 100; round++) {
    const size = 1 + roll(7);
    const map = Array.from({ length: size }, (_, i) => i).sort(() => roll(3) - 1);
    const slots = map.map((_, i) => i);
    for (const [i, j] of exchangesOf(map)) [slots[i], slots[j]] = [slots[j]!, slots[i]!];
    expect(map.map((to) => slots[to])).toEqual(map.map((_, i) => i));
    expect(exchangesOf(map).length).toBeLessThan(size);
  }
});

describe("compile", () => {
  test("takes one layer for permutations and resets, more for the rest", () => {
    expect(
      compile({
        alphabet: "ab",
        next: [
          [1, 0],
          [0, 1],
        ],
        start: 0,
      }),
    ).toMatchObject({ kind: "permutation" });
    const toggle = {
      alphabet: "tab",
      next: [
        [1, 0, 1],
        [0, 0, 1],
      ],
      start: 0,
    };
    expect(compile(toggle)).toMatchObject({ kind: "permutation-reset", layers: [{ size: 2, steps: 1 }] });
    const merging = { alphabet: "a", next: [[0], [0], [1]], start: 2 };
    expect(compile(merging)).toMatchObject({ kind: "cascade", layers: [{ size: 3 }, { size: 2 }] });
  });

  test("refuses a cascade whose tables would not fit, before it makes them", () => {
    const large: Automaton = {
      alphabet: "abc",
      next: Array.from({ length: 40 }, (_, state) => [Math.floor(state / 2), (state + 1) % 40, 0]),
      start: 0,
    };
    expect(() => compile(large)).toThrow(UnsupportedError);
    expect(() => compile(large)).toThrow("the cascade of 40 states and 3 letters");
    // Forty states that a letter only permutes are one layer.
    expect(compile({ ...large, alphabet: "a", next: large.next.map((row) => [row[1]!]) }).layers).toHaveLength(1);
  });
});
