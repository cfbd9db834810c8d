/** Merging results so that it cannot be seen how the search was cut. */
import { canonicalJson, type Json } from "./canonical.js";
import { UnitError } from "./errors.js";
import { type KindTable, kindOf, type Search } from "./unit.js";

/**
 * All entries of lists, sorted by the key, equal ones once: for `UnitKind.merge`.
 * @param keyOf what an entry is about; strings compare by code unit, numbers and big integers by value. Canonical JSON unless told.
 */
export function mergeSorted<T>(
  lists: readonly (readonly T[])[],
  keyOf: (entry: T) => string | number | bigint | readonly (string | number | bigint)[] = (entry) =>
    canonicalJson(entry),
): T[] {
  const entries = lists.flat().map((entry) => ({ entry, key: [keyOf(entry)].flat(), text: canonicalJson(entry) }));
  entries.sort((a, b) => compareKeys(a.key, b.key) || compare(a.text, b.text));
  return entries.filter(({ text }, i) => i === 0 || text !== entries[i - 1]?.text).map(({ entry }) => entry);
}

type Part = string | number | bigint;

function compareKeys(a: readonly Part[], b: readonly Part[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i] as Part, b[i] as Part);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const compare = (a: Part, b: Part): number => (a < b ? -1 : a > b ? 1 : 0);

/** The file of a finished search: canonical JSON and a line end. Results are handed to the kind by unit key. */
export function mergedText(
  table: KindTable,
  search: Search,
  units: readonly { key: string }[],
  results: ReadonlyMap<string, Json>,
): { output: Json; text: string } {
  const ordered = units.map(({ key }) => key).sort();
  const missing = ordered.filter((key) => !results.has(key));
  if (missing.length) throw new UnitError("merge", `${missing.length} of ${ordered.length} results are missing`);
  const kind = kindOf(table, search.kind, "merge");
  const merged = kind.merge(
    ordered.map((key) => results.get(key) as Json),
    JSON.parse(canonicalJson(search.params)) as Json,
  );
  const text = `${canonicalJson({ kind: kind.kind, schema: kind.schema, search: search.params, result: merged })}\n`;
  return { output: (JSON.parse(text) as { result: Json }).result, text };
}
