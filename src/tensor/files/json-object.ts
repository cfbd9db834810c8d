/**
 * JSON.parse for text from a file: the value must be an object, and no object in it may have a key twice, which
 * JSON.parse would silently resolve in favour of the last.
 */

/** Where the text goes wrong, in characters, and how. */
export class JsonError extends Error {
  constructor(
    readonly index: number,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

/** @throws JsonError */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // A syntax error, or a host's limit on the depth of nesting.
    throw new JsonError(0, `is not JSON (${(cause as Error).message})`, { cause });
  }
  if (!isJsonObject(value)) throw new JsonError(0, "is not a JSON object");
  refuseRepeatedKeys(text);
  return value;
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For text that is JSON: there, a string before a colon is a key of the innermost open brace. */
function refuseRepeatedKeys(text: string): void {
  const open: Set<string>[] = [];
  for (const token of text.matchAll(/[{}]|("(?:[^"\\]|\\.)*")([ \t\n\r]*:)?/g)) {
    const [whole, string, colon] = token;
    if (whole === "{") open.push(new Set());
    else if (whole === "}") open.pop();
    else if (string && colon) {
      const keys = open.at(-1) as Set<string>;
      const key = JSON.parse(string) as string;
      if (keys.has(key)) throw new JsonError(token.index, `has the key ${string} twice`);
      keys.add(key);
    }
  }
}
