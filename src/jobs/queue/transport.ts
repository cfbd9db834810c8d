/**
 * The coordinator's side of a BullMQ queue. Redis is transport only: what is missing is added again every few seconds, and at
 * once after a lost connection. That changes nothing where it is there, and heals a Redis that was emptied or killed.
 */
import type { Job } from "bullmq";
import { messageOf } from "../errors.js";
import { pause } from "../pause.js";
import type { Delivery, Offer, Transport } from "../transport.js";
import type { QueueAddress } from "./address.js";
import { connectionOf, loadPackages, probe } from "./connection.js";
import { type Outcome, offerId, resultsQueue, unitsQueue } from "./names.js";

const batch = 500;

/** @throws QueueError when packages are missing or the queue is down from the start */
export async function queueTransport(address: QueueAddress, onNotice?: (notice: string) => void): Promise<Transport> {
  const { name = "wavefold", pollMs = 200, offerMs = 5000, attempts } = address;
  const packages = await loadPackages();
  const connection = connectionOf(address);
  await probe(packages, connection, attempts);
  const { Queue } = packages.bullmq;
  const settings = { connection: connection.options };
  const units = new Queue<Offer, null, string, Offer, null, string>(unitsQueue(name), settings);
  const results = new Queue<Outcome, null, string, Outcome, null, string>(resultsQueue(name), settings);
  const tell = once((error) => onNotice?.(`${connection.shown}: ${connection.hide(messageOf(error))}; waiting for it`));
  for (const queue of [units, results]) queue.on("error", tell);
  /** When each unit was last added. A Redis that was away may have forgotten all of them. */
  const offered = new Map<string, number>();
  units.on("ioredis:close", () => offered.clear());
  return {
    window: 1000,
    async offer(offers) {
      const now = performance.now();
      const due = offers.filter((offer) => now - (offered.get(offerId(offer)) ?? Number.NEGATIVE_INFINITY) >= offerMs);
      for (let i = 0; i < due.length; i += batch) {
        const jobs = due.slice(i, i + batch).map((offer) => ({
          name: offer.unit.kind,
          data: offer,
          opts: { jobId: offerId(offer), removeOnComplete: true, removeOnFail: true },
        }));
        await units.addBulk(jobs);
        for (const offer of due.slice(i, i + batch)) offered.set(offerId(offer), now);
      }
    },
    async collect(signal) {
      const jobs = (await results.getJobs(["wait"], 0, batch - 1)) as Job<Outcome>[];
      const deliveries = jobs.map(({ id, data }): Delivery => ({ ...data, id: id as string }));
      if (deliveries.length === 0) await pause(pollMs, signal);
      return deliveries;
    },
    async acknowledge(deliveries) {
      for (const delivery of deliveries) {
        await results.remove(delivery.id);
        offered.delete(offerId(delivery));
        // An offer that came back after its lease ran out; one that is being computed stays locked, and is let go.
        if (delivery.error === undefined) await units.remove(offerId(delivery)).catch(() => 0);
      }
    },
    async close() {
      await Promise.all([units.close(), results.close()]);
    },
  };
}

/** One notice per loss, not one per command that waits for it. */
function once(tell: (error: unknown) => void): (error: unknown) => void {
  let last: string | undefined;
  return (error) => {
    const message = messageOf(error);
    if (message === last) return;
    last = message;
    tell(error);
  };
}
