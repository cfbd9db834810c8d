/** Checkpoints as files, one per unit, for the next try on this machine. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type Json } from "../canonical.js";
import { sha256 } from "../sha256.js";
import type { CheckpointStore } from "../work.js";
import { makeFolder, readIfThere, writeAtomically } from "./atomic.js";

export function fileCheckpoints(folder: string): CheckpointStore {
  makeFolder(folder);
  return checkpointsAt((key) => join(folder, `${key}.checkpoint.json`));
}

/** @param pathOf where a unit's checkpoint lies */
export function checkpointsAt(pathOf: (key: string) => string): CheckpointStore {
  return {
    load(key) {
      // One that is damaged or of another unit is none: the unit begins again.
      try {
        const { unit, state, hash } = JSON.parse(readIfThere(pathOf(key)) ?? "") as Record<string, Json>;
        return unit === key && sha256(canonicalJson(state)) === hash ? (state as Json) : undefined;
      } catch {
        return undefined;
      }
    },
    save: (key, state) =>
      writeAtomically(pathOf(key), canonicalJson({ unit: key, state, hash: sha256(canonicalJson(state)) })),
    drop: (key) => rmSync(pathOf(key), { force: true }),
  };
}
