/** The loop of a worker: lease, run while the lease is renewed, complete or fail; on a drain, finish what runs and leave. */
import type { Json } from "./canonical.js";
import { messageOf } from "./errors.js";
import type { Executor } from "./executor.js";
import type { Lease, UnitSource } from "./transport.js";

export interface WorkOptions {
  /** Aborted: no more leases, what runs is finished. */
  readonly drain: AbortSignal;
  /** Aborted: what runs is cut off too; its lease runs out by itself. */
  readonly signal: AbortSignal;
  readonly checkpoints?: CheckpointStore;
  onUnit?(event: UnitEvent): void;
}

export interface UnitEvent {
  readonly key: string;
  readonly state: "leased" | "completed" | "failed" | "lost";
  readonly error?: string;
}

/** Where units keep what they need to go on after being cut off. */
export interface CheckpointStore {
  load(key: string): Json | undefined;
  save(key: string, state: Json): void;
  drop(key: string): void;
}

/** Runs until the source has no more units or the drain begins. One call per thread. */
export async function workLoop(source: UnitSource, executor: Executor, options: WorkOptions): Promise<void> {
  const { drain, signal } = options;
  const stopLeasing = AbortSignal.any([drain, signal]);
  while (!stopLeasing.aborted) {
    const lease = await source.lease(stopLeasing);
    if (!lease) return;
    await workOn(lease, source, executor, options);
  }
}

async function workOn(lease: Lease, source: UnitSource, executor: Executor, options: WorkOptions): Promise<void> {
  const { signal, checkpoints, onUnit } = options;
  const { key } = lease;
  onUnit?.({ key, state: "leased" });
  const stopBeating = beat(lease, source, () => onUnit?.({ key, state: "lost" }));
  let result: Json;
  try {
    result = await executor.run(lease, {
      signal,
      resumed: checkpoints?.load(key),
      checkpoint: (state) => checkpoints?.save(key, state),
    });
  } catch (error) {
    // Cut off from outside: nothing of the unit's doing.
    if (signal.aborted) return;
    await source.fail(lease, messageOf(error));
    onUnit?.({ key, state: "failed", error: messageOf(error) });
    return;
  } finally {
    stopBeating();
  }
  await source.complete(lease, result);
  checkpoints?.drop(key);
  onUnit?.({ key, state: "completed" });
}

/** A lost lease is reported once and the unit goes on: its result is as good as another's. */
function beat(lease: Lease, source: UnitSource, onLost: () => void): () => void {
  if (!Number.isFinite(source.heartbeatMs)) return () => {};
  let lost = false;
  const timer = setInterval(async () => {
    // A transport that is away is not a reason to stop computing.
    const held = await source.heartbeat(lease).catch(() => true);
    if (held || lost) return;
    lost = true;
    onLost();
  }, source.heartbeatMs);
  return () => clearInterval(timer);
}
