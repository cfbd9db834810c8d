/**
 * A search as a folder that machines share:
 *
 *   search.json               what is searched
 *   open/KEY-RUN.json         on offer; whoever renames it has it
 *   leased/KEY-RUN@WORKER     being computed; its time of change is the heartbeat
 *   results/KEY-RUN@WORKER    { key, run, worker, result, hash }
 *   errors/KEY-RUN@WORKER.ID  { key, run, worker, error }
 *
 * Renames are the only thing that must be atomic, and they are, on network file systems as well.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, unlessGone } from "../files/atomic.js";

export const folders = ["open", "leased", "results", "errors"] as const;

export interface Layout extends Record<(typeof folders)[number], string> {
  readonly search: string;
}

export function layoutOf(directory: string): Layout {
  const at = (name: string) => join(directory, name);
  return {
    search: at("search.json"),
    open: at("open"),
    leased: at("leased"),
    results: at("results"),
    errors: at("errors"),
  };
}

export function makeLayout(directory: string): Layout {
  const layout = layoutOf(directory);
  makeFolder(directory);
  for (const name of folders) makeFolder(layout[name]);
  return layout;
}

export const offerName = ({ key, run }: { key: string; run: number }): string => `${key}-${run}.json`;

export const leaseName = (offer: { key: string; run: number }, worker: string): string =>
  `${offer.key}-${offer.run}@${worker}`;

/** Finished files of a folder, drafts left out, sorted. */
export function filesIn(folder: string): string[] {
  const names = unlessGone(() => readdirSync(folder)) ?? [];
  return names.filter((name) => !name.endsWith(".tmp")).sort();
}
