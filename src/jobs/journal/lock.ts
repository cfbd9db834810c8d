/**
 * One coordinator per journal. The lock is a file that names its owner; one whose process is gone is taken over, so that a
 * coordinator killed with -9 can be started again. A process number that was given anew is told by when its process began.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { JournalError } from "../errors.js";
import { didUnlessGone, readIfThere } from "../files/atomic.js";
import { randomName } from "../files/names.js";

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Undefined where the system does not tell. */
  readonly began?: string;
  readonly token: string;
}

export interface Lock {
  /** @throws JournalError when somebody else holds the lock now */
  check(): void;
  release(): void;
}

/** @throws JournalError when another coordinator lives, or may live on another machine */
export function takeLock(journal: string): Lock {
  const path = `${journal}.lock`;
  const began = beganAt(process.pid);
  const owner: Owner = { host: hostname(), pid: process.pid, ...(began ? { began } : {}), token: randomName() };
  const text = `${JSON.stringify(owner)}\n`;
  while (!linked(path, text)) {
    const held = readIfThere(path);
    if (held === undefined) continue;
    const other = parse(held);
    if (other && isAlive(other)) throw new JournalError(journal, inUse(other, path));
    takeAway(path, held);
  }
  const holds = () => readIfThere(path) === text;
  return {
    check() {
      if (!holds()) throw new JournalError(journal, "another coordinator has taken it over");
    },
    release() {
      if (holds()) rmSync(path, { force: true });
    },
  };
}

/** Creates the lock with its content in one step: a link fails where the name is taken. */
function linked(path: string, text: string): boolean {
  const draft = `${path}.${randomName()}`;
  writeFileSync(draft, text, { flag: "wx" });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a dead owner's lock. If another starter was faster and this is its lock already, it is put back. */
function takeAway(path: string, dead: string): void {
  const aside = `${path}.${randomName()}`;
  if (!didUnlessGone(() => renameSync(path, aside))) return;
  try {
    if (readFileSync(aside, "utf8") !== dead) linkSync(aside, path);
  } catch (error) {
    // A third has locked in between; the second finds out by check().
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function parse(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined;
  }
}

/** On another machine nobody can tell. */
function isAlive({ host, pid, began }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const now = beganAt(pid);
  return began === undefined || now === undefined || began === now;
}

/** When a process began, in ticks since the machine did (field 22 of Linux's stat); a zombie is no process any more. */
function beganAt(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? "ended" : fields[19];
  } catch {
    return undefined;
  }
}

const inUse = ({ host, pid }: Owner, path: string): string =>
  `another coordinator (process ${pid} on ${host}) is using it; if that one is gone for good, remove ${path}`;
