/**
 * A search as plain files, for whoever brings a scheduler of their own (BOINC, Slurm arrays, Kubernetes jobs): split makes
 * search.json and unit-0000.json and so on, each run makes one result, merge makes the file of the search (Node).
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { canonicalJson, type Json } from "../canonical.js";
import { messageOf, UnitError } from "../errors.js";
import { inlineExecutor } from "../executor.js";
import { mergedText } from "../merge.js";
import { sha256 } from "../sha256.js";
import { type KeyedUnit, type KindTable, makeUnits, openUnit, type Search, type Unit } from "../unit.js";
import { engineVersion } from "../version.js";
import { makeFolder, readIfThere, writeAtomically } from "./atomic.js";
import { checkpointsAt } from "./checkpoints.js";

/** In search.json of a split: the search, and all keys, so that merge knows what is missing. */
interface SplitFile {
  readonly search: Search;
  readonly engine: string;
  readonly units: readonly string[];
}

export interface ResultFile {
  readonly key: string;
  readonly kind: string;
  readonly schema: number;
  readonly engine: string;
  readonly result: Json;
  /** SHA-256 of the canonical JSON of all the above. */
  readonly hash: string;
}

/** Writes the units of a search into a folder. @returns the units' files */
export function splitToFiles(table: KindTable, search: Search, parts: number, folder: string): string[] {
  const units = makeUnits(table, search, parts);
  makeFolder(folder);
  const digits = Math.max(4, String(units.length - 1).length);
  const paths = units.map((_, i) => join(folder, `unit-${String(i).padStart(digits, "0")}.json`));
  for (const [i, unit] of units.entries()) writeAtomically(paths[i] as string, `${canonicalJson(unit)}\n`);
  const split: SplitFile = { search, engine: engineVersion, units: units.map(({ key }) => key) };
  writeAtomically(join(folder, "search.json"), `${canonicalJson(split)}\n`);
  return paths;
}

/**
 * Runs one unit's file and writes its result, whole or not at all. Its checkpoint lies beside the result until then.
 * @throws UnitError when the unit may not run at all; the signal's reason when it was cut off
 */
export async function runUnitFile(
  table: KindTable,
  unitPath: string,
  resultPath: string,
  options: { signal: AbortSignal; progress?(done: number, total: number): void },
): Promise<void> {
  const keyed = readJson(unitPath) as unknown as KeyedUnit;
  openUnit(table, keyed);
  const { key, unit } = keyed;
  const checkpoints = checkpointsAt(() => `${resultPath}.checkpoint`);
  const result = await inlineExecutor(table).run(keyed, {
    ...options,
    resumed: checkpoints.load(key),
    checkpoint: (state) => checkpoints.save(key, state),
  });
  const body = { key, kind: unit.kind, schema: unit.schema, engine: unit.engine, result };
  writeAtomically(resultPath, `${canonicalJson({ ...body, hash: sha256(canonicalJson(body)) })}\n`);
  checkpoints.drop(key);
}

export interface Merged {
  /** Files of results that cannot be taken, and why. */
  readonly rejected: readonly { readonly file: string; readonly reason: string }[];
  /** Keys without a result. */
  readonly missing: readonly string[];
  /** The file of the search, when nothing is missing. */
  readonly text?: string;
}

/** Reads search.json and all results of a folder: every other `.json` that has a key and a result. */
export function mergeFiles(table: KindTable, folder: string): Merged {
  const { search, engine, units } = readJson(join(folder, "search.json")) as unknown as SplitFile;
  if (engine !== engineVersion)
    throw new UnitError(folder, `is a search of engine ${engine}, this is ${engineVersion}`);
  const results = new Map<string, Json>();
  const rejected: { file: string; reason: string }[] = [];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()) {
    try {
      const read = readJson(join(folder, file)) as unknown as ResultFile & { unit?: Unit };
      if (file === "search.json" || read.unit !== undefined) continue;
      const { key, result } = checkResult(table, read, units);
      results.set(key, result);
    } catch (error) {
      rejected.push({ file, reason: messageOf(error).replace(/^.*?: /, "") });
    }
  }
  const missing = units.filter((key) => !results.has(key));
  if (missing.length) return { rejected, missing };
  return {
    rejected,
    missing,
    text: mergedText(
      table,
      search,
      units.map((key) => ({ key })),
      results,
    ).text,
  };
}

function checkResult(table: KindTable, read: ResultFile, units: readonly string[]): ResultFile {
  const { hash, ...body } = read;
  const what = "result";
  if (typeof hash !== "string" || sha256(canonicalJson(body)) !== hash) {
    throw new UnitError(what, "its hash is another: it was changed or damaged");
  }
  if (read.engine !== engineVersion) throw new UnitError(what, `is of engine ${read.engine}, this is ${engineVersion}`);
  const schema = table.get(read.kind)?.schema;
  if (read.schema !== schema)
    throw new UnitError(what, `has schema ${read.schema} of ${read.kind}, expected ${schema}`);
  if (!units.includes(read.key)) throw new UnitError(what, "belongs to a unit of another search");
  return read;
}

/** @throws UnitError for a file that is missing or no JSON */
export function readJson(path: string): Json {
  const text = readIfThere(path);
  if (text === undefined) throw new UnitError(basename(path), "does not exist");
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UnitError(basename(path), "is not JSON", { cause: error });
  }
}
