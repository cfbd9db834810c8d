/**
 * Which leases ran out. Clocks of machines differ, so no time of a file is compared with a clock: a lease has run out when its
 * time of change has stayed the same while this process watched it for as long as a lease lasts.
 */
import { renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { didUnlessGone, unlessGone } from "../files/atomic.js";
import { filesIn, type Layout } from "./layout.js";

export class LeaseWatch {
  readonly #layout: Layout;
  readonly #leaseMs: number;
  readonly #now: () => number;
  readonly #seen = new Map<string, { changed: number; since: number }>();

  /** @param now milliseconds of any origin that only grow */
  constructor(layout: Layout, leaseMs: number, now: () => number) {
    this.#layout = layout;
    this.#leaseMs = leaseMs;
    this.#now = now;
  }

  /** Puts units whose lease ran out back on offer. A unit is never given up for that. @returns how many */
  reclaim(): number {
    const names = filesIn(this.#layout.leased);
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#seen.delete(name);
    return names.filter((name) => this.#hasRunOut(name) && this.#giveBack(name)).length;
  }

  #hasRunOut(name: string): boolean {
    const changed = unlessGone(() => statSync(join(this.#layout.leased, name)).mtimeMs);
    if (changed === undefined) return false;
    const seen = this.#seen.get(name);
    if (seen?.changed === changed) return this.#now() - seen.since >= this.#leaseMs;
    this.#seen.set(name, { changed, since: this.#now() });
    return false;
  }

  /** Of all that try, one rename succeeds. */
  #giveBack(name: string): boolean {
    this.#seen.delete(name);
    const open = join(this.#layout.open, `${name.slice(0, name.indexOf("@"))}.json`);
    return didUnlessGone(() => renameSync(join(this.#layout.leased, name), open));
  }
}
