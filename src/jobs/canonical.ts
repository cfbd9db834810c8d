/**
 * Canonical JSON: one text per value, so that equal values have equal hashes and equal results equal files. Keys are sorted by
 * code unit, there is no white space, big integers are decimal strings. Numbers are safe integers: what is not an integer
 * depends on the host's arithmetic and its printing, so it comes as a decimal string made by integer arithmetic.
 */
import { InputError } from "../backends/contract.js";

/** What units and results are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * @param value JSON and big integers; members that are undefined are left out
 * @throws InputError for anything else, by its path: a fraction, NaN, -0 as well as functions, classes and cycles
 */
export function canonicalJson(value: unknown): string {
  return write(value, "$", []);
}

/** The value as its canonical text is read back: big integers are strings, keys are sorted, nothing is shared. */
export function plainJson<T extends Json = Json>(value: unknown): T {
  return JSON.parse(canonicalJson(value)) as T;
}

function write(value: unknown, path: string, above: readonly unknown[]): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `"${value}"`;
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
    throw refused(path, `is ${Object.is(value, -0) ? "-0" : value}: numbers are safe integers, others decimal strings`);
  }
  if (typeof value !== "object") throw refused(path, `is a ${typeof value}, which JSON does not have`);
  if (above.includes(value)) throw refused(path, "contains itself");
  const inside = [...above, value];
  if (Array.isArray(value)) return `[${value.map((item, i) => write(item, `${path}[${i}]`, inside)).join(",")}]`;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw refused(path, "is not a plain object");
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member, `${path}.${key}`, inside)}`).join(",")}}`;
}

const refused = (path: string, problem: string) => new InputError("canonicalJson", path, problem);
