/** Kinds of units, units and their keys. A unit is data, not code: it names a kind of a table that the program was built with. */
import { InputError } from "../backends/contract.js";
import { canonicalJson, type Json, plainJson } from "./canonical.js";
import { messageOf, UnitError } from "./errors.js";
import { sha256 } from "./sha256.js";
import { engineVersion } from "./version.js";

/** What a unit may do while it runs. */
export interface UnitContext {
  /** Aborted when the unit must stop; a unit that never looks at it is ended with its thread. */
  readonly signal: AbortSignal;
  /** What the last checkpoint of this very unit held, when it was cut off before. */
  readonly resumed: Json | undefined;
  /** How far the unit is, for people. */
  progress(done: number, total: number): void;
  /** Keeps what is needed to go on from here. JSON and big integers. */
  checkpoint(state: unknown): void;
}

/**
 * One kind of work. All of its functions are pure: a unit computed twice, anywhere, gives the same result to the byte.
 * `Params` and results hold JSON and big integers; they come back from units and workers with big integers as decimal strings.
 */
export interface UnitKind<Params = unknown, Result = unknown> {
  /** Its name, as in search files. */
  readonly kind: string;
  /** Raised whenever the meaning of parameters or results changes. */
  readonly schema: number;
  /** Cuts a search into at most `parts` units whose union is the search. Called with what `check` would accept of a search. */
  split(search: Json, parts: number): Params[];
  /** Reads a unit's parameters. @throws Error for whatever `run` could not take */
  check(params: Json): Params;
  run(params: Params, context: UnitContext): Result | Promise<Result>;
  /** One result of all, independent of how the search was cut: sort entries by what they are (`mergeSorted`), not by arrival. */
  merge(results: readonly Json[], search: Json): unknown;
  /** Seconds that a unit may take on one core, guessed from its parameters; over the limit it is not run. */
  estimateSeconds?(params: Params): number;
  readonly limits?: Partial<UnitLimits>;
}

export interface UnitLimits {
  /** Of a unit's canonical JSON: 1 MiB unless told. */
  readonly unitBytes: number;
  /** Of a result's canonical JSON: 64 MiB unless told. */
  readonly resultBytes: number;
  /** Of estimateSeconds: 6 hours unless told. */
  readonly seconds: number;
}

const defaultLimits: UnitLimits = { unitBytes: 2 ** 20, resultBytes: 2 ** 26, seconds: 6 * 3600 };

// biome-ignore lint/suspicious/noExplicitAny: a table holds kinds of all parameters and results
export type AnyKind = UnitKind<any, any>;
export type KindTable = ReadonlyMap<string, AnyKind>;

/** What is to be searched: a kind and its parameters before they are cut. */
export interface Search {
  readonly kind: string;
  readonly params: unknown;
}

/** As it travels and lies in files. */
export interface Unit {
  readonly kind: string;
  readonly schema: number;
  readonly engine: string;
  readonly params: Json;
}

export interface KeyedUnit {
  /** SHA-256 of the unit's canonical JSON. */
  readonly key: string;
  readonly unit: Unit;
}

/** @throws InputError when two kinds share a name */
export function kindTable(kinds: Iterable<AnyKind>): KindTable {
  const table = new Map<string, AnyKind>();
  for (const kind of kinds) {
    if (table.has(kind.kind)) throw new InputError("kindTable", "kinds", `has ${kind.kind} twice`);
    table.set(kind.kind, kind);
  }
  return table;
}

export function kindOf(table: KindTable, name: unknown, what: string): AnyKind {
  const kind = table.get(name as string);
  if (kind) return kind;
  throw new UnitError(what, `no kind ${JSON.stringify(name)}; there are ${[...table.keys()].join(", ") || "none"}`);
}

export const keyOf = (unit: Unit): string => sha256(canonicalJson(unit));

export const limitsOf = ({ limits }: AnyKind): UnitLimits => ({ ...defaultLimits, ...limits });

/** Cuts a search into units, equal ones once, sorted by key. @throws UnitError for an empty domain or an unfit unit */
export function makeUnits(table: KindTable, search: Search, parts: number): KeyedUnit[] {
  const kind = kindOf(table, search.kind, "search");
  if (!Number.isInteger(parts) || parts < 1 || parts > 1_000_000) {
    throw new InputError("makeUnits", "parts", `is ${parts}, expected 1 to 1000000`);
  }
  const params = kind.split(plainJson(search.params), parts);
  if (params.length === 0) throw new UnitError("search", `the domain of this ${kind.kind} search is empty`);
  const units = new Map<string, KeyedUnit>();
  for (const own of params) {
    const unit: Unit = { kind: kind.kind, schema: kind.schema, engine: engineVersion, params: plainJson(own) };
    const key = keyOf(unit);
    openUnit(table, { key, unit });
    units.set(key, { key, unit });
  }
  return [...units.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Everything that is checked before a unit runs: its hash, kind, schema, engine version, size, parameters and estimated time.
 * @throws UnitError that names what does not fit
 */
export function openUnit(table: KindTable, { key, unit }: KeyedUnit): { kind: AnyKind; params: unknown } {
  const what = `unit ${String(key).slice(0, 12)}`;
  const kind = kindOf(table, unit?.kind, what);
  if (unit.engine !== engineVersion) throw new UnitError(what, `is of engine ${unit.engine}, this is ${engineVersion}`);
  if (unit.schema !== kind.schema) {
    throw new UnitError(what, `has schema ${unit.schema} of ${kind.kind}, this engine knows ${kind.schema}`);
  }
  const text = canonicalJson(unit);
  const { unitBytes, seconds } = limitsOf(kind);
  if (text.length > unitBytes) throw new UnitError(what, `has ${text.length} bytes, over the limit of ${unitBytes}`);
  if (sha256(text) !== key) throw new UnitError(what, "its hash is another: it was changed or damaged");
  let params: unknown;
  try {
    params = kind.check(unit.params);
  } catch (error) {
    throw new UnitError(what, messageOf(error), { cause: error });
  }
  const estimate = kind.estimateSeconds?.(params) ?? 0;
  if (!(estimate <= seconds)) throw new UnitError(what, `would take ${estimate} s, over the limit of ${seconds} s`);
  return { kind, params };
}

/** A result as it travels: canonical, and not too large. @throws UnitError */
export function closeResult(kind: AnyKind, key: string, result: unknown): Json {
  const text = canonicalJson(result ?? null);
  const { resultBytes } = limitsOf(kind);
  if (text.length <= resultBytes) return JSON.parse(text) as Json;
  const problem = `its result has ${text.length} bytes, over the limit of ${resultBytes}`;
  throw new UnitError(`unit ${key.slice(0, 12)}`, problem);
}
