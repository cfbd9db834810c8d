/** A worker's side of a shared folder. */
import { existsSync, readFileSync, renameSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../canonical.js";
import { UnitError } from "../errors.js";
import { didUnlessGone, unlessGone, writeAtomically } from "../files/atomic.js";
import { randomName } from "../files/names.js";
import { pause } from "../pause.js";
import { sha256 } from "../sha256.js";
import type { Lease, Offer, UnitSource } from "../transport.js";
import { filesIn, layoutOf, leaseName } from "./layout.js";
import { LeaseWatch } from "./leases.js";
import type { DirectoryOptions } from "./transport.js";

export interface SourceOptions extends DirectoryOptions {
  /** Leave when nothing is on offer and nothing is leased, instead of waiting for more. */
  readonly untilEmpty?: boolean;
}

/** @throws UnitError when the folder holds no search */
export function directorySource(directory: string, worker: string, options: SourceOptions = {}): UnitSource {
  const { leaseMs = 60_000, pollMs = 200, untilEmpty = false } = options;
  const layout = layoutOf(directory);
  if (!existsSync(layout.search)) throw new UnitError(directory, "holds no search (search.json is not there)");
  const watch = new LeaseWatch(layout, leaseMs, () => performance.now());

  const tryLease = (): Lease | undefined => {
    for (const name of shuffled(filesIn(layout.open))) {
      const from = join(layout.open, name);
      const offer = unlessGone(() => JSON.parse(readFileSync(from, "utf8")) as Offer);
      if (!offer || offer.exclude.includes(worker)) continue;
      const id = leaseName(offer, worker);
      const to = join(layout.leased, id);
      if (!didUnlessGone(() => renameSync(from, to))) continue;
      touch(to);
      return { ...offer, id };
    }
    return undefined;
  };
  const deliver = (folder: string, name: string, lease: Lease, outcome: object) => {
    const delivery = { id: "", key: lease.key, run: lease.run, worker, ...outcome };
    writeAtomically(join(folder, name), canonicalJson({ ...delivery, hash: sha256(canonicalJson(delivery)) }));
    rmSync(join(layout.leased, lease.id), { force: true });
  };
  return {
    heartbeatMs: leaseMs / 4,
    async lease(signal) {
      while (!signal.aborted) {
        const lease = tryLease();
        if (lease) return lease;
        watch.reclaim();
        if (untilEmpty && filesIn(layout.open).length === 0 && filesIn(layout.leased).length === 0) return undefined;
        await pause(pollMs, signal);
      }
      return undefined;
    },
    heartbeat: async ({ id }) => touch(join(layout.leased, id)),
    complete: async (lease, result) => deliver(layout.results, lease.id, lease, { result }),
    fail: async (lease, error) => deliver(layout.errors, `${lease.id}.${randomName()}`, lease, { error }),
    close: async () => {},
  };
}

/** False when the file is gone: somebody took the lease for run out. */
function touch(path: string): boolean {
  const now = new Date();
  return didUnlessGone(() => utimesSync(path, now, now));
}

/** Many workers that all begin with the first file would lose most of their renames. */
function shuffled<T>(items: T[]): T[] {
  const start = Math.floor(Math.random() * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
