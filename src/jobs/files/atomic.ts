/** Files that are there whole or not at all, even after a crash. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { randomName } from "./names.js";

/** Writes beside the file, syncs, renames over it, syncs the folder. */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${randomName()}.tmp`;
  try {
    const file = openSync(draft, "wx");
    try {
      writeAll(file, new TextEncoder().encode(text));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** A write may take a part of the bytes only. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset);
}

/** Makes renames and new files in a folder durable. Windows has no such call and needs none. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The text, or undefined where there is no such file. */
export function readIfThere(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, "utf8"));
}

/** What the action gives, or undefined when its file is gone: taken by another process in between. */
export function unlessGone<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether the file was still there for the action. */
export function didUnlessGone(action: () => void): boolean {
  return (
    unlessGone(() => {
      action();
      return true;
    }) ?? false
  );
}

export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
}
