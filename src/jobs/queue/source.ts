/** A worker's side of a BullMQ queue: jobs are leased and their locks renewed by hand, because units run in threads of our own. */
import type { Job } from "bullmq";
import { messageOf } from "../errors.js";
import { randomName } from "../files/names.js";
import { pause } from "../pause.js";
import type { Lease, Offer, UnitSource } from "../transport.js";
import type { QueueAddress } from "./address.js";
import { connectionOf, loadPackages, probe } from "./connection.js";
import { type Outcome, resultsQueue, unitsQueue } from "./names.js";
import { Spool } from "./spool.js";

export interface QueueSourceOptions {
  /** Folder for finished results and checkpoints. */
  readonly state: string;
  /** Leave when the queue is empty, instead of waiting for more. */
  readonly untilEmpty?: boolean;
  onNotice?(notice: string): void;
}

interface Held {
  readonly job: Job<Offer>;
  readonly token: string;
}

/** @throws QueueError when packages are missing or the queue is down from the start */
export async function queueSource(
  address: QueueAddress,
  worker: string,
  { state, untilEmpty = false, onNotice }: QueueSourceOptions,
): Promise<UnitSource> {
  const { name = "wavefold", lockDuration = 30_000, pollMs = 200, attempts } = address;
  const packages = await loadPackages();
  const connection = connectionOf(address);
  await probe(packages, connection, attempts);
  const settings = { connection: connection.options };
  const puller = new packages.bullmq.Worker<Offer, null, string>(unitsQueue(name), null, {
    ...settings,
    autorun: false,
    lockDuration,
    stalledInterval: lockDuration,
    // A stall says that a machine went away, never that the unit is bad.
    maxStalledCount: 2 ** 31 - 1,
    drainDelay: Math.max(0.05, pollMs / 1000),
  });
  const units = new packages.bullmq.Queue<Offer, null, string, Offer, null, string>(unitsQueue(name), settings);
  const results = new packages.bullmq.Queue<Outcome, null, string, Outcome, null, string>(resultsQueue(name), settings);
  const spool = new Spool(state);
  const held = new Map<string, Held>();
  let told = "";
  const tell = (error: Error) => {
    const message = connection.hide(messageOf(error));
    if (message !== told) onNotice?.(`${connection.shown}: ${(told = message)}; waiting for it`);
  };
  puller.on("error", tell);
  units.on("error", tell);
  results.on("error", tell);
  await puller.startStalledCheckTimer();

  const handIn = async (outcome: Outcome) => {
    const { key, run } = outcome;
    const removed = { removeOnComplete: true, removeOnFail: true };
    await results.add("outcome", outcome, {
      jobId: `${key}-${run}-${outcome.error ? randomName() : worker}`,
      ...removed,
    });
  };
  const submit = async (outcome: Outcome) => {
    await handIn(outcome);
    spool.submitted(outcome);
  };
  /** The job leaves the queue; when its lock was lost to another worker, that one sees to it. */
  const letGo = async ({ id }: Lease) => {
    const { job, token } = held.get(id) as Held;
    held.delete(id);
    await job.moveToCompleted(null, token, false).catch(() => undefined);
  };
  for (const outcome of spool.waiting()) await submit(outcome);

  return {
    heartbeatMs: lockDuration / 4,
    async lease(signal) {
      while (!signal.aborted) {
        const token = `${worker}-${randomName()}`;
        const job = await puller.getNextJob(token, { block: false }).catch(() => undefined);
        if (!job) {
          if (untilEmpty && (await units.getJobCountByTypes("wait", "active", "delayed")) === 0) return undefined;
          await pause(pollMs, signal);
          continue;
        }
        const { data } = job;
        const done = data.run === 1 ? spool.find(data.key) : undefined;
        if (data.exclude.includes(worker)) {
          await job.moveToDelayed(Date.now() + 1000, token).catch(() => undefined);
          await pause(pollMs, signal);
          continue;
        }
        const lease: Lease = { ...data, id: token };
        held.set(token, { job, token });
        if (!done) return lease;
        await submit({ ...done, worker });
        await letGo(lease);
      }
      return undefined;
    },
    async heartbeat({ id }) {
      const entry = held.get(id);
      return entry !== undefined && (await entry.job.extendLock(entry.token, lockDuration)) === 1;
    },
    async complete(lease, result) {
      const outcome: Outcome = { key: lease.key, run: lease.run, worker, result };
      spool.write(outcome);
      await submit(outcome);
      await letGo(lease);
    },
    async fail(lease, error) {
      await handIn({ key: lease.key, run: lease.run, worker, error });
      await letGo(lease);
    },
    async close() {
      await Promise.all([puller.close(true), units.close(), results.close()]);
    },
  };
}
