/** One way to answer: JSON for programs, text for people. Results go to standard output, everything else to standard error. */
import { writeFileSync } from "node:fs";

export interface OutputFlags {
  readonly json?: boolean;
}

export function answer(flags: OutputFlags, value: unknown, text: () => string): void {
  // Written at once: the process may end right after, and a pipe would lose what is still queued.
  writeFileSync(1, `${flags.json ? JSON.stringify(value, numbersOnly, 2) : text()}\n`);
}

export function note(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** JSON has no NaN and no infinities; null would hide which it was. */
function numbersOnly(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value;
}
