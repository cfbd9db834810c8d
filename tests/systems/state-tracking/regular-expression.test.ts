import { describe, expect, test } from "vitest";
import { InputError, UnsupportedError } from "../../../src/backends/contract.js";
import { automatonTrace } from "../../../src/oracles/automaton.js";
import { lettersOf, minimize, modular, parity } from "../../../src/systems/state-tracking/automaton.js";
import { regularExpression } from "../../../src/systems/state-tracking/regular-expression.js";
import { randomExpression, randomWord } from "./support.js";

function accepts(expression: string, word: string, alphabet: string): boolean {
  const automaton = regularExpression(expression, { alphabet });
  const trace = automatonTrace(automaton, lettersOf("test", automaton, word));
  return automaton.accepting![trace.at(-1) ?? automaton.start]!;
}

describe("regular expressions", () => {
  test("50 random ones accept what JavaScript's own accept", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const expression = randomExpression(seed);
      const theirs = new RegExp(`^(?:${expression})$`);
      for (let round = 0; round < 60; round++) {
        const word = [...randomWord(100 * seed + round, round % 8)].map((letter) => "abc"[letter]).join("");
        expect(accepts(expression, word, "abc"), `${expression} on ${word}`).toBe(theirs.test(word));
      }
    }
  });

  test.each([
    ["a{2}", "a", ["aa"], ["", "a", "aaa"]],
    ["a{2,}b", "ab", ["aab", "aaaab"], ["ab", "b"]],
    ["(ab){1,2}", "ab", ["ab", "abab"], ["", "ababab"]],
    ["[a-c]+", "abc", ["a", "cab"], [""]],
    ["x[^x]y?", "xy", ["xy", "xyy"], ["x", "xx"]],
    ["\\(a\\|\\)", "(a|)", ["(a|)"], ["a"]],
    ["", "a", [""], ["a"]],
    ["a|", "a", ["a", ""], ["aa"]],
    [".b", "ab", ["ab", "bb"], ["b"]],
  ] as const)("%s over %s", (expression, alphabet, good, bad) => {
    for (const word of good) expect(accepts(expression, word, alphabet), word).toBe(true);
    for (const word of bad) expect(accepts(expression, word, alphabet), word).toBe(false);
  });

  test("give the smallest automaton", () => {
    expect(regularExpression("(a|b)*abb").next).toHaveLength(4);
    expect(regularExpression("(0|1(01*0)*1)*").next).toHaveLength(3);
    expect(minimize(modular(5)).next).toHaveLength(5);
    expect(minimize(parity()).next).toHaveLength(2);
  });

  test.each([
    ["(a", "leaves a bracket open at position 2"],
    ["a)", "closes a bracket that was not opened at position 1"],
    ["*a", "has * where a letter was expected at position 0"],
    ["[ab", "leaves a [ open at position 3"],
    ["a{x}", "has no {m}, {m,} or {m,n} at position 2"],
    ["a{3,2}", "repeats at least 3 and at most 2 times"],
    ["a\\", "ends after a backslash"],
    ["[c-a]", "runs backwards"],
  ])("%s makes no sense", (expression, message) => {
    expect(() => regularExpression(expression)).toThrow(InputError);
    expect(() => regularExpression(expression)).toThrow(message);
  });

  test("need an alphabet, with all of their letters", () => {
    expect(() => regularExpression("")).toThrow("argument alphabet");
    expect(() => regularExpression("ab", { alphabet: "a" })).toThrow('lacks "b"');
    expect(() => regularExpression("ab", { alphabet: "aab" })).toThrow("distinct letters");
    expect(() => regularExpression(3 as unknown as string)).toThrow("argument expression is number");
  });

  test("that need too many states are refused", () => {
    expect(() => regularExpression("(a|b)*a(a|b){20}")).toThrow(UnsupportedError);
    expect(() => regularExpression("a{9999}")).toThrow(UnsupportedError);
  });
});
