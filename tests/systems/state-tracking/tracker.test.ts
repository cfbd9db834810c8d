import { describe, expect, test } from "vitest";
import { automatonTrace } from "../../../src/oracles/automaton.js";
import {
  type Automaton,
  modular,
  parity,
  permutationAutomaton,
} from "../../../src/systems/state-tracking/automaton.js";
import { compile } from "../../../src/systems/state-tracking/compile.js";
import { regularExpression } from "../../../src/systems/state-tracking/regular-expression.js";
import { StateTracker, type TrackerOptions } from "../../../src/systems/state-tracking/tracker.js";
import { heldBy, openFor, testBackends, wasmBackends } from "../../support/engines.js";
import { randomAutomaton, randomExpression, randomWord } from "./support.js";

/** All permutations of n slots, in lexicographic order. */
function permutations(n: number): number[][] {
  const all = (left: number[]): number[][] =>
    left.length === 0
      ? [[]]
      : left.flatMap((first) => all(left.filter((x) => x !== first)).map((rest) => [first, ...rest]));
  return all(Array.from({ length: n }, (_, i) => i));
}

/** Eight states: two letters that permute them, two that reset. */
const permutationReset: Automaton = {
  alphabet: "prst",
  next: Array.from({ length: 8 }, (_, state) => [(state + 3) % 8, state ^ 1, 2, 5]),
  start: 0,
};

const exact: readonly [name: string, automaton: Automaton][] = [
  ["parity", parity()],
  ["the sum mod 7", modular(7)],
  ["S3", permutationAutomaton(permutations(3))],
  ["S5", permutationAutomaton(permutations(5), 2)],
  ["8 states with resets", permutationReset],
];

describe.each(testBackends)("state tracking on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;

  async function expectTrace(automaton: Automaton, word: Int32Array, options: TrackerOptions = {}, label = "") {
    using tracker = new StateTracker(engine(), compile(automaton), { on, ...options });
    const states = tracker.run(word);
    expect(
      Buffer.from((await states.data()).buffer).equals(Buffer.from(automatonTrace(automaton, word).buffer)),
      label,
    ).toBe(true);
    states.dispose();
  }

  test.each(exact)("%s, in chunks and step by step", async (_, automaton) => {
    const letters = [...automaton.alphabet].length;
    const length = backend.slow ? 90 : 1000;
    for (const form of ["sequential", "chunked"] as const) {
      await expectTrace(automaton, randomWord(11, length, letters), { form, chunk: 16 }, form);
    }
  });

  test("cascades follow random automata", async () => {
    const count = backend.slow ? 4 : 20;
    for (let seed = 1; seed <= count; seed++) {
      await expectTrace(randomAutomaton(seed), randomWord(seed, backend.slow ? 40 : 500), {}, `seed ${seed}`);
    }
  });

  test("words in pieces of any size give what they give at once", async () => {
    const automaton = randomAutomaton(5);
    const word = randomWord(3, 60);
    using tracker = new StateTracker(engine(), compile(automaton), { on });
    const states: number[] = [];
    for (let at = 0, size = 0; at < word.length; at += size, size = (size + 7) % 23) {
      const piece = tracker.run(word.subarray(at, at + size));
      states.push(...(await piece.data()));
      piece.dispose();
    }
    expect(states).toEqual([...automatonTrace(automaton, word)]);
    tracker.reset();
    expect([...(await tracker.run(word.subarray(0, 3)).data())]).toEqual(states.slice(0, 3));
  });

  test("regular expressions accept their words", async () => {
    using tracker = new StateTracker(engine(), compile(regularExpression("(a|b)*abb")), { on });
    const found = await Promise.all(["abb", "aababb", "ab", "", "abba"].map((word) => tracker.accepts(word)));
    expect(found).toEqual([true, true, false, false, false]);
  });

  test("leave nothing behind", async () => {
    const before = heldBy(engine());
    const tracker = new StateTracker(engine(), compile(randomAutomaton(4)), { on });
    const states = tracker.run("abcabc");
    await states.data();
    states.dispose();
    tracker.dispose();
    expect(heldBy(engine())).toBe(before);
  });
});

describe("over long words", () => {
  const engine = openFor(wasmBackends[0]!);

  async function trace(automaton: Automaton, word: Int32Array): Promise<Int32Array> {
    using tracker = new StateTracker(engine(), compile(automaton));
    const states = tracker.run(word);
    const data = (await states.data()) as Int32Array;
    states.dispose();
    return data;
  }
  const firstDifference = (a: Int32Array, b: Int32Array) => a.findIndex((x, i) => x !== b[i]);

  test.each(exact)("%s is exact at 10^6 letters", async (_, automaton) => {
    const word = randomWord(17, 1e6, [...automaton.alphabet].length);
    expect(firstDifference(await trace(automaton, word), automatonTrace(automaton, word))).toBe(-1);
  });

  test("200 random automata, aperiodic ones among them, over 10^4 letters", async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const automaton = randomAutomaton(seed);
      const word = randomWord(seed, 1e4);
      expect(firstDifference(await trace(automaton, word), automatonTrace(automaton, word)), `seed ${seed}`).toBe(-1);
    }
  });

  test("50 random regular expressions over 10^4 letters", async () => {
    let compiled = 0;
    for (let seed = 1; compiled < 50; seed++) {
      const automaton = regularExpression(randomExpression(seed), { alphabet: "abc" });
      if (automaton.next.length > 8) continue;
      compiled++;
      const word = randomWord(seed, 1e4);
      expect(firstDifference(await trace(automaton, word), automatonTrace(automaton, word)), `seed ${seed}`).toBe(-1);
    }
  });
});

describe("bad input", () => {
  const engine = openFor(wasmBackends[0]!);

  test.each([
    ["abd", 'has the letter "d"'],
    [[0, 3], "letters[1] is 3; expected an integer from 0 to 2"],
    [[0.5], "letters[0] is 0.5"],
    [[Number.NaN], "letters[0] is NaN"],
  ])("%j is no word over abc", (word, message) => {
    using tracker = new StateTracker(engine(), compile(randomAutomaton(2)));
    expect(() => tracker.run(word)).toThrow(message);
  });

  test.each([
    [null, "is null"],
    [{ alphabet: "", next: [[0]], start: 0 }, "at least one letter"],
    [{ alphabet: "aa", next: [[0, 0]], start: 0 }, "a letter twice"],
    [{ alphabet: "a", next: [], start: 0 }, "at least one state"],
    [{ alphabet: "a", next: [[0]], start: 1 }, "starts in state 1"],
    [{ alphabet: "a", next: [[0, 0]], start: 0 }, "has 2 entries in next[0]"],
    [{ alphabet: "a", next: [[2]], start: 0 }, "goes to state 2 in next[0][0]"],
    [{ alphabet: "a", next: [[0]], start: 0, accepting: [] }, "has 0 entries in accepting"],
  ])("%j is no automaton", (automaton, message) => {
    expect(() => compile(automaton as unknown as Automaton)).toThrow("argument automaton ");
    expect(() => compile(automaton as unknown as Automaton)).toThrow(message);
  });

  test("a word of a state automaton is neither accepted nor refused", async () => {
    using tracker = new StateTracker(engine(), compile(permutationAutomaton([[1, 0]])));
    await expect(tracker.accepts("a")).rejects.toThrow("has no accepting states");
  });
});
