/** The coordinator's side of a shared folder. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../canonical.js";
import { UnitError } from "../errors.js";
import { readIfThere, writeAtomically } from "../files/atomic.js";
import { pause } from "../pause.js";
import { sha256 } from "../sha256.js";
import type { Delivery, Transport } from "../transport.js";
import type { Search } from "../unit.js";
import { filesIn, type Layout, makeLayout, offerName } from "./layout.js";
import { LeaseWatch } from "./leases.js";

export interface DirectoryOptions {
  /** Milliseconds that a lease lasts without a heartbeat: 60000 unless told. The same for coordinator and workers. */
  readonly leaseMs?: number;
  /** Milliseconds between looks into the folder: 200 unless told. */
  readonly pollMs?: number;
}

/** @throws UnitError when the folder holds another search */
export function directoryTransport(
  directory: string,
  search: Search,
  { leaseMs = 60_000, pollMs = 200 }: DirectoryOptions = {},
): Transport {
  const layout = makeLayout(directory);
  const text = `${canonicalJson(search)}\n`;
  const there = readIfThere(layout.search);
  if (there !== undefined && there !== text) throw new UnitError(directory, "holds another search");
  if (there === undefined) writeAtomically(layout.search, text);
  const watch = new LeaseWatch(layout, leaseMs, () => performance.now());
  return {
    window: 10_000,
    async offer(offers) {
      const leased = filesIn(layout.leased).map((name) => `${name.slice(0, name.indexOf("@"))}.json`);
      const there = new Set([...leased, ...filesIn(layout.open)]);
      for (const offer of offers) {
        const name = offerName(offer);
        if (!there.has(name)) writeAtomically(join(layout.open, name), canonicalJson(offer));
      }
    },
    async collect(signal) {
      watch.reclaim();
      const deliveries = deliveriesIn(layout);
      if (deliveries.length === 0) await pause(pollMs, signal);
      return deliveries;
    },
    async acknowledge(deliveries) {
      for (const { id, key, run, error } of deliveries) {
        // What a second worker may still be offered needs nobody any more; a unit that threw waits for its next offer.
        if (error === undefined) rmSync(join(layout.open, offerName({ key, run })), { force: true });
        rmSync(join(directory, id), { force: true });
      }
    },
    async close() {},
  };
}

function deliveriesIn(layout: Layout): Delivery[] {
  return (["results", "errors"] as const).flatMap((folder) =>
    filesIn(layout[folder]).flatMap((name) => {
      const path = join(layout[folder], name);
      const delivery = readDelivery(path);
      if (delivery) return [{ ...delivery, id: `${folder}/${name}` }];
      // Damaged on its way: the unit is still missing and is offered again.
      rmSync(path, { force: true });
      return [];
    }),
  );
}

function readDelivery(path: string): Delivery | undefined {
  try {
    const { hash, ...delivery } = JSON.parse(readIfThere(path) ?? "") as Delivery & { hash?: string };
    return sha256(canonicalJson(delivery)) === hash ? delivery : undefined;
  } catch {
    return undefined;
  }
}
