/**
 * Regular expressions to automata: a recursive parser, Thompson's construction (1968) and the subset construction. Syntax:
 * letters, ( ), |, *, +, ?, {m}, {m,}, {m,n}, . for any letter, [abx-z], [^abc], and a backslash before a special character.
 * An expression matches whole words.
 */
import { InputError, UnsupportedError } from "../../backends/contract.js";
import { type Automaton, minimize } from "./automaton.js";

export interface RegexOptions {
  /** The letters there are; by default those that the expression names. */
  alphabet?: string;
}

/** More states than that before minimisation are refused. */
const stateLimit = 4096;

/** A piece of a nondeterministic automaton: it is entered at `from` and left at `to`. */
interface Piece {
  readonly from: number;
  readonly to: number;
}

class Nfa {
  /** Per state: where a letter leads, and where nothing leads. */
  readonly letters: { readonly on: ReadonlySet<string>; readonly to: number }[][] = [];
  readonly free: number[][] = [];

  constructor(readonly op: string) {}

  state(): number {
    if (this.free.length >= stateLimit) throw new UnsupportedError(this.op, `needs more than ${stateLimit} states`);
    this.letters.push([]);
    return this.free.push([]) - 1;
  }

  link(from: number, to: number): void {
    this.free[from]!.push(to);
  }

  letter(on: ReadonlySet<string>): Piece {
    const piece = { from: this.state(), to: this.state() };
    this.letters[piece.from]!.push({ on, to: piece.to });
    return piece;
  }

  nothing(): Piece {
    const state = this.state();
    return { from: state, to: state };
  }

  sequence(pieces: readonly Piece[]): Piece {
    if (pieces.length === 0) return this.nothing();
    for (let i = 1; i < pieces.length; i++) this.link(pieces[i - 1]!.to, pieces[i]!.from);
    return { from: pieces[0]!.from, to: pieces.at(-1)!.to };
  }

  either(pieces: readonly Piece[]): Piece {
    if (pieces.length === 1) return pieces[0]!;
    const piece = { from: this.state(), to: this.state() };
    for (const { from, to } of pieces) {
      this.link(piece.from, from);
      this.link(to, piece.to);
    }
    return piece;
  }

  repeated(inner: Piece): Piece {
    const piece = { from: this.state(), to: this.state() };
    this.link(piece.from, inner.from);
    this.link(piece.from, piece.to);
    this.link(inner.to, piece.from);
    return piece;
  }

  /** The states reached without a letter, themselves included, sorted. */
  closure(states: Iterable<number>): number[] {
    const found = new Set(states);
    for (const state of found) for (const to of this.free[state]!) found.add(to);
    return [...found].sort((a, b) => a - b);
  }
}

/** Builds a piece anew each time it is called: a repetition needs copies. `any` are the letters of the alphabet. */
type Build = (nfa: Nfa, any: ReadonlySet<string>) => Piece;

const special = new Set("()|*+?{}[].\\");

class Parser {
  /** The letters that the expression names, in the order of their first use. */
  readonly named = new Set<string>();
  #at = 0;
  readonly #characters: readonly string[];

  constructor(
    readonly op: string,
    expression: string,
  ) {
    this.#characters = [...expression];
  }

  parse(): Build {
    const build = this.#alternatives();
    if (this.#at < this.#characters.length) this.#fail("closes a bracket that was not opened");
    return build;
  }

  #fail(problem: string): never {
    throw new InputError(this.op, "expression", `${problem} at position ${this.#at}`);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #alternatives(): Build {
    const branches = [this.#sequence()];
    while (this.#take("|")) branches.push(this.#sequence());
    return (nfa, any) => nfa.either(branches.map((branch) => branch(nfa, any)));
  }

  #sequence(): Build {
    const parts: Build[] = [];
    while (this.#at < this.#characters.length && this.#peek() !== "|" && this.#peek() !== ")") {
      parts.push(this.#repetition());
    }
    return (nfa, any) => nfa.sequence(parts.map((part) => part(nfa, any)));
  }

  #repetition(): Build {
    let build = this.#atom();
    for (;;) {
      if (this.#take("*")) build = repeat(build, 0, Number.POSITIVE_INFINITY);
      else if (this.#take("+")) build = repeat(build, 1, Number.POSITIVE_INFINITY);
      else if (this.#take("?")) build = repeat(build, 0, 1);
      else if (this.#take("{")) build = repeat(build, ...this.#bounds());
      else return build;
    }
  }

  /** m}, m,} or m,n} */
  #bounds(): [least: number, most: number] {
    const end = this.#characters.indexOf("}", this.#at);
    const text = end < 0 ? "" : this.#characters.slice(this.#at, end).join("");
    const match = /^(\d{1,4})(,(\d{1,4})?)?$/.exec(text);
    if (!match) return this.#fail("has no {m}, {m,} or {m,n}");
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (most < least) this.#fail(`repeats at least ${least} and at most ${most} times`);
    this.#at = end + 1;
    return [least, most];
  }

  #atom(): Build {
    if (this.#take("(")) {
      const inner = this.#alternatives();
      if (!this.#take(")")) this.#fail("leaves a bracket open");
      return inner;
    }
    if (this.#take(".")) return (nfa, any) => nfa.letter(any);
    if (this.#take("[")) return this.#set();
    const letter = new Set([this.#literal()]);
    return (nfa) => nfa.letter(letter);
  }

  #literal(): string {
    const escaped = this.#take("\\");
    const character = this.#peek();
    if (character === undefined) return this.#fail("ends after a backslash");
    if (!escaped && special.has(character)) this.#fail(`has ${character} where a letter was expected`);
    this.#at++;
    this.named.add(character);
    return character;
  }

  #set(): Build {
    const others = this.#take("^");
    const members = new Set<string>();
    while (!this.#take("]")) {
      if (this.#peek() === undefined) this.#fail("leaves a [ open");
      for (const letter of this.#range()) members.add(letter);
    }
    return (nfa, any) => nfa.letter(others ? new Set([...any].filter((letter) => !members.has(letter))) : members);
  }

  /** x or x-y */
  #range(): string[] {
    const first = this.#literal();
    if (this.#peek() !== "-" || this.#characters[this.#at + 1] === "]") return [first];
    this.#at++;
    const [from, to] = [first.codePointAt(0) as number, this.#literal().codePointAt(0) as number];
    if (to < from || to - from > 0xffff) this.#fail("has a range that runs backwards");
    const letters = Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i));
    for (const letter of letters) this.named.add(letter);
    return letters;
  }
}

function repeat(build: Build, least: number, most: number): Build {
  return (nfa, any) => {
    const pieces = Array.from({ length: least }, () => build(nfa, any));
    if (most === Number.POSITIVE_INFINITY) pieces.push(nfa.repeated(build(nfa, any)));
    else for (let i = least; i < most; i++) pieces.push(nfa.either([build(nfa, any), nfa.nothing()]));
    return nfa.sequence(pieces);
  };
}

/**
 * The smallest automaton that accepts the words of a regular expression.
 *
 * @throws InputError with the position of what makes no sense; UnsupportedError beyond 4096 states
 * @example const ends = regularExpression("(a|b)*abb");
 */
export function regularExpression(expression: string, options: RegexOptions = {}): Automaton {
  const op = "regularExpression";
  if (typeof expression !== "string") {
    throw new InputError(op, "expression", `is ${typeof expression}; expected a string`);
  }
  const parser = new Parser(op, expression);
  const build = parser.parse();
  const alphabet = [...(options.alphabet ?? parser.named)];
  if (alphabet.length === 0 || new Set(alphabet).size !== alphabet.length) {
    throw new InputError(
      op,
      "alphabet",
      `is ${JSON.stringify(alphabet.join(""))}; expected distinct letters, at least one`,
    );
  }
  const any = new Set(alphabet);
  const stranger = [...parser.named].find((letter) => !any.has(letter));
  if (stranger !== undefined)
    throw new InputError(op, "alphabet", `lacks ${JSON.stringify(stranger)} of the expression`);
  const nfa = new Nfa(op);
  const { from, to } = build(nfa, any);
  return minimize(determinize(nfa, from, to, alphabet));
}

function determinize(nfa: Nfa, from: number, to: number, alphabet: readonly string[]): Automaton {
  const numbers = new Map<string, number>();
  const sets: number[][] = [];
  const numberOf = (states: number[]): number => {
    const name = states.join();
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (sets.length >= stateLimit) throw new UnsupportedError(nfa.op, `needs more than ${stateLimit} states`);
    numbers.set(name, sets.length);
    return sets.push(states) - 1;
  };
  numberOf(nfa.closure([from]));
  const next: number[][] = [];
  for (let i = 0; i < sets.length; i++) {
    const edges = sets[i]!.flatMap((state) => nfa.letters[state]!);
    next.push(
      alphabet.map((letter) => numberOf(nfa.closure(edges.filter(({ on }) => on.has(letter)).map((edge) => edge.to)))),
    );
  }
  return { alphabet: alphabet.join(""), next, start: 0, accepting: sets.map((states) => states.includes(to)) };
}
