/**
 * Finished results on the worker's own disk. A result is written here before it is handed in, so that a queue which is down, or
 * forgets, costs no computing: it is submitted when the queue answers again, and again when its unit comes back.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../canonical.js";
import { makeFolder, readIfThere, unlessGone, writeAtomically } from "../files/atomic.js";
import { sha256 } from "../sha256.js";
import type { Outcome } from "./names.js";

export class Spool {
  readonly #folder: string;
  readonly #kept: number;

  /** @param kept results that are remembered after they were submitted; those that were not are always kept */
  constructor(folder: string, kept = 1000) {
    this.#folder = folder;
    this.#kept = kept;
    makeFolder(folder);
  }

  write(outcome: Outcome): void {
    writeAtomically(
      this.#path(outcome.key, "waiting"),
      canonicalJson({ outcome, hash: sha256(canonicalJson(outcome)) }),
    );
  }

  /** A result of this unit, submitted or not. */
  find(key: string): Outcome | undefined {
    return this.#read(this.#path(key, "waiting")) ?? this.#read(this.#path(key, "sent"));
  }

  /** What was never handed in. */
  waiting(): Outcome[] {
    return this.#names("waiting").flatMap((name) => this.#read(join(this.#folder, name)) ?? []);
  }

  submitted(outcome: Outcome): void {
    writeAtomically(this.#path(outcome.key, "sent"), canonicalJson({ outcome, hash: sha256(canonicalJson(outcome)) }));
    rmSync(this.#path(outcome.key, "waiting"), { force: true });
    this.#forgetOldest();
  }

  #path(key: string, state: "waiting" | "sent"): string {
    return join(this.#folder, `${key}.${state}.json`);
  }

  #names(state: string): string[] {
    return readdirSync(this.#folder).filter((name) => name.endsWith(`.${state}.json`));
  }

  /** Undefined for a file that is damaged: the unit is computed again. */
  #read(path: string): Outcome | undefined {
    try {
      const { outcome, hash } = JSON.parse(readIfThere(path) ?? "") as { outcome: Outcome; hash: string };
      return sha256(canonicalJson(outcome)) === hash ? outcome : undefined;
    } catch {
      return undefined;
    }
  }

  #forgetOldest(): void {
    const names = this.#names("sent");
    if (names.length <= this.#kept) return;
    const aged = names.map((name) => ({
      name,
      age: unlessGone(() => statSync(join(this.#folder, name)).mtimeMs) ?? 0,
    }));
    aged.sort((a, b) => b.age - a.age);
    for (const { name } of aged.slice(this.#kept)) rmSync(join(this.#folder, name), { force: true });
  }
}
