/** The words of an expression, with limits that keep a hostile text from costing more than reading it. */
import { InputError } from "../../backends/contract.js";

const longest = 10_000;
const deepest = 100;

export class Tokens {
  readonly #tokens: string[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    if (typeof text !== "string" || text.trim() === "") throw malformed("is empty");
    if (text.length > longest) throw malformed(`has ${text.length} characters, the most is ${longest}`);
    this.#tokens = text.match(/\d+\.?\d*|\.\d+|[A-Za-z]\w*|\S/g) ?? [];
    const strange = this.#tokens.find((token) => !/^(?:[\d.]|[A-Za-z]|[-+*/^(),]$)/.test(token));
    if (strange) throw malformed(`has ${JSON.stringify(strange)}, which means nothing here`);
  }

  peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw malformed("ends too early");
    if (/^[-+*/^(),]$/.test(token)) throw malformed(`has ${JSON.stringify(token)} where a number or name should be`);
    return token;
  }

  /** The next token if it is one of these. */
  take(...wanted: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#at++;
    return token;
  }

  expect(wanted: string): void {
    if (!this.take(wanted)) throw malformed(`has ${describe(this.peek())} where ${JSON.stringify(wanted)} should be`);
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw malformed(`goes on with ${describe(this.peek())} after its end`);
  }

  nested<T>(parse: () => T): T {
    if (++this.#depth > deepest) throw malformed(`is nested more than ${deepest} deep`);
    const result = parse();
    this.#depth--;
    return result;
  }
}

const describe = (token: string | undefined): string => (token === undefined ? "its end" : JSON.stringify(token));

const malformed = (problem: string): InputError => new InputError("parseConstant", "text", problem);
