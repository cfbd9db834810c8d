/** The fixed table of kinds that the command can compute, and how a module of the user's own adds to it. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyKind } from "../../jobs/unit.js";
import { UsageError } from "../failure.js";

/** Kinds of the systems; each exports its own from `units.ts`. */
const builtIn: readonly AnyKind[] = [];

/** @param module a file of the user's that exports `kinds`, an array. @throws UsageError when it does not load */
export async function kindsWith(module: string | undefined): Promise<readonly AnyKind[]> {
  if (module === undefined) return builtIn;
  let kinds: unknown;
  try {
    ({ kinds } = (await import(pathToFileURL(resolve(module)).href)) as { kinds?: unknown });
  } catch (error) {
    throw new UsageError(`--kinds ${module}: ${(error as Error).message}`);
  }
  if (!Array.isArray(kinds)) throw new UsageError(`--kinds ${module}: exports no array named kinds`);
  return [...builtIn, ...kinds];
}
