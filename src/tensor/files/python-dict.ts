/**
 * The Python dictionary literal at the head of an .npy file: string keys; values that are strings, booleans or tuples
 * of decimal integers. That is the grammar of an array header; anything else, such as the list of a record type, is
 * refused where it begins.
 */
export type PythonValue = string | boolean | readonly number[];

/** Where the text departs from the grammar, in characters, and how. */
export class PythonSyntaxError extends Error {
  constructor(
    readonly index: number,
    problem: string,
  ) {
    super(problem);
  }
}

export interface PythonEntry {
  readonly value: PythonValue;
  /** Where the value begins, in characters. */
  readonly index: number;
}

/** @throws PythonSyntaxError also for a repeated key and for text after the dictionary. */
export function parsePythonDict(text: string): Map<string, PythonEntry> {
  const entries = new Map<string, PythonEntry>();
  const scan = new Scanner(text);
  scan.expect("{");
  while (!scan.take("}")) {
    const keyIndex = scan.index;
    const key = scan.string();
    if (entries.has(key)) throw new PythonSyntaxError(keyIndex, `the key '${key}' comes twice`);
    scan.expect(":");
    entries.set(key, { index: scan.index, value: valueAt(scan) });
    if (!scan.take(",")) {
      scan.expect("}");
      break;
    }
  }
  scan.end();
  return entries;
}

function valueAt(scan: Scanner): PythonValue {
  if (scan.take("True")) return true;
  if (scan.take("False")) return false;
  return scan.take("(") ? tupleAt(scan) : scan.string();
}

/** Integers up to the closing parenthesis; one alone needs its comma, else it is no tuple. */
function tupleAt(scan: Scanner): number[] {
  const items: number[] = [];
  while (!scan.take(")")) {
    items.push(scan.integer());
    if (scan.take(",")) continue;
    if (items.length === 1) scan.fail("a tuple of one needs a comma");
    scan.expect(")");
    break;
  }
  return items;
}

/** Stands between tokens, past any white space. */
class Scanner {
  index = 0;

  constructor(readonly text: string) {
    this.#skip();
  }

  take(token: string): boolean {
    if (!this.text.startsWith(token, this.index)) return false;
    this.#advance(token.length);
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) this.fail(`'${token}' is expected`);
  }

  /** No escapes: neither keys nor type names have any. */
  string(): string {
    const literal = this.#match(/'([^'\\\n]*)'|"([^"\\\n]*)"/y, "a string");
    return literal.slice(1, -1);
  }

  /** A minus sign is read, so that the reader can say which extent is negative; Python 2 wrote an L after some. */
  integer(): number {
    return Number.parseInt(this.#match(/-?(?:0|[1-9][0-9]*)L?(?![\w.])/y, "an integer"), 10);
  }

  end(): void {
    if (this.index < this.text.length) this.fail("nothing more is expected");
  }

  fail(problem: string): never {
    const found = this.text.slice(this.index, this.index + 12);
    throw new PythonSyntaxError(this.index, `${problem}, not ${found === "" ? "the end" : JSON.stringify(found)}`);
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.index;
    const found = pattern.exec(this.text);
    if (!found) this.fail(`${what} is expected`);
    this.#advance(found[0].length);
    return found[0];
  }

  #advance(length: number): void {
    this.index += length;
    this.#skip();
  }

  #skip(): void {
    while (this.index < this.text.length && " \t\n\r".includes(this.text[this.index] as string)) this.index++;
  }
}
