/**
 * The GPU backend: encodes dispatches into batches, submits them, reads buffers back.
 *
 * Errors of the device arrive later than the call that caused them, by batch. Every result of a failed batch, and of
 * those submitted until its failure was known (they may build on it), is told; a failed result throws when it is used.
 */
import { type Backend, type BackendMemory, DeviceLostError, KernelError, type WavefoldError } from "../contract.js";
import { Batch } from "./batch.js";
import { BufferPool } from "./buffers.js";
import { coreShaders, type ShaderTexts } from "./core-shaders.js";
import { type AcquiredDevice, acquireDevice, type DeviceOptions } from "./device.js";
import { ErrorScopes } from "./error-scopes.js";
import { PipelineCache } from "./pipelines.js";
import type { Dispatch, GpuCapabilities, GpuRegion, GpuRun } from "./run.js";
import { type StagedPart, Staging } from "./staging.js";

export type FailureListener = (error: WavefoldError) => void;

export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  readonly caps: GpuCapabilities;
  readonly software: boolean;
  readonly #acquired: AcquiredDevice;
  readonly #device: GPUDevice;
  readonly #pool: BufferPool;
  readonly #staging: Staging;
  readonly #batch: Batch;
  readonly #scopes: ErrorScopes;
  readonly #onLost: (() => void)[] = [];
  #lostReason: string | undefined;
  /** Whom to tell when the batch being encoded fails, and the same of batches whose fate is not known yet. */
  #open: FailureListener[] = [];
  /** That of the operation being encoded. */
  #running: FailureListener | undefined;
  readonly #inFlight: FailureListener[][] = [];
  /** Settles when the error scopes of everything submitted so far have been looked at. */
  #checked: Promise<void> = Promise.resolve();
  #flushScheduled = false;
  #destroyed = false;
  #current = "webgpu";

  constructor(acquired: AcquiredDevice, shaders: ShaderTexts, capBytes: number) {
    this.#acquired = acquired;
    this.#device = acquired.device;
    this.caps = acquired.caps;
    this.software = acquired.software;
    this.#pool = new BufferPool(this.#device, this.caps.limits.maxBufferSize, capBytes);
    this.#staging = new Staging(this.#device);
    this.#scopes = new ErrorScopes(this.#device, acquired.owned);
    const pipelines = new PipelineCache(this.#device, shaders);
    this.#batch = this.#scopes.watch(() => new Batch(this.#device, pipelines, this.caps.limits));
    this.#device.lost.then((info) => {
      if (this.#destroyed) return;
      this.#lostReason = info.message || info.reason || "unknown";
      for (const listener of this.#onLost) listener();
    });
  }

  static async create(options: DeviceOptions, capBytes: number): Promise<WebGpuBackend> {
    const acquired = await acquireDevice(options);
    try {
      return new WebGpuBackend(acquired, await coreShaders(), capBytes);
    } catch (error) {
      if (acquired.owned) acquired.device.destroy();
      throw error;
    }
  }

  get description(): string {
    return this.#acquired.adapterName;
  }

  get device(): GPUDevice {
    return this.#device;
  }

  /** Why the device is gone; undefined while it is there. */
  get lostReason(): string | undefined {
    return this.#lostReason;
  }

  onLost(listener: () => void): void {
    this.#onLost.push(listener);
  }

  memory(): BackendMemory {
    return this.#pool.usage;
  }

  allocate(bytes: number, where: string): GPUBuffer {
    this.#assertAlive(where);
    return this.#scopes.watch(() => this.#pool.allocate(Math.ceil(bytes / 16) * 16, where));
  }

  release(buffer: GPUBuffer): void {
    this.#pool.release(buffer);
    this.#scheduleFlush();
  }

  /** Queues an upload. The buffer must be fresh: commands already encoded would see the new bytes. */
  write(buffer: GPUBuffer, source: Uint8Array): void {
    this.#scopes.watch(() => this.#staging.write(buffer, source));
  }

  copy(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, bytes: number): void {
    if (bytes === 0) return;
    this.#scopes.watch(() => this.#batch.copy(source, sourceOffset, target, targetOffset, bytes));
    this.#scheduleFlush();
  }

  /** Encodes one operation's dispatches. @param onFailure told if its results cannot be trusted */
  run(where: string, body: (g: GpuRun) => void, onFailure?: FailureListener): void {
    this.#assertAlive(where);
    this.#current = where;
    this.#running = onFailure;
    if (onFailure) this.#open.push(onFailure);
    const scratch: GPUBuffer[] = [];
    const run: GpuRun = {
      caps: this.caps,
      scratch: (bytes) => {
        const buffer = this.allocate(bytes, where);
        scratch.push(buffer);
        return { buffer, offset: 0, bytes };
      },
      dispatch: (call) => this.#dispatch(call),
    };
    try {
      this.#scopes.watch(() => body(run));
    } finally {
      this.#running = undefined;
      for (const buffer of scratch) this.#pool.release(buffer);
    }
    this.#scheduleFlush();
  }

  /** Submits what is encoded. */
  flush(): void {
    const submitted = this.#scopes.watch(() => {
      const commands = this.#batch.finish();
      if (commands && !this.#lostReason) this.#device.queue.submit([commands]);
      return commands !== undefined;
    });
    this.#pool.recycle();
    if (submitted) this.#follow();
  }

  /** Copies bytes of a buffer out, when the fate of everything submitted is known. @throws DeviceLostError, KernelError */
  async read(region: GpuRegion, where: string): Promise<Uint8Array<ArrayBuffer>> {
    const copy = new Uint8Array(region.bytes);
    await this.readInto(region, where, () => copy);
    return copy;
  }

  /** The same into memory that `target` names once the bytes are here; undefined where they are not wanted any more. */
  async readInto(
    { buffer, offset, bytes }: GpuRegion,
    where: string,
    target: () => Uint8Array | undefined,
  ): Promise<void> {
    this.#assertAlive(where);
    if (bytes === 0) return;
    const parts = this.#scopes.watch(() => {
      const made = this.#staging.parts(Math.ceil(bytes / 4) * 4);
      for (const part of made) this.#batch.copy(buffer, offset + part.offset, part.buffer, 0, part.bytes);
      return made;
    });
    this.flush();
    const mapped = await this.#map(parts, where);
    try {
      const into = target();
      if (into) for (const [i, { offset: at }] of parts.entries()) into.set(mapped[i]!.subarray(0, bytes - at), at);
    } finally {
      for (const part of parts) part.buffer.unmap();
      this.#staging.release(parts);
    }
  }

  async #map(parts: readonly StagedPart[], where: string): Promise<Uint8Array[]> {
    try {
      const maps = Promise.all(parts.map((part) => part.buffer.mapAsync(GPUMapMode.READ, 0, part.bytes)));
      await Promise.all([maps, this.#checked]);
      return parts.map((part) => new Uint8Array(part.buffer.getMappedRange(0, part.bytes)));
    } catch (error) {
      for (const part of parts) part.buffer.destroy();
      if (this.#lostReason) throw new DeviceLostError(where, this.#lostReason, { cause: error });
      throw new KernelError(where, "the data could not be read back from the GPU", { cause: error });
    }
  }

  /** Waits until the device has done everything submitted. */
  async idle(): Promise<void> {
    this.flush();
    await this.#checked;
    await this.#device.queue.onSubmittedWorkDone();
  }

  /** GPU seconds that `encode` takes, by timestamps. Only where caps.timestamps. */
  async timed(encode: () => void): Promise<number> {
    this.flush();
    const queries = this.#device.createQuerySet({ type: "timestamp", count: 2 });
    const result = this.allocate(16, "timed");
    const resolved = this.#device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.#batch.timed({ querySet: queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 }, encode);
    this.#batch.resolve(queries, 2, resolved);
    this.#batch.copy(resolved, 0, result, 0, 16);
    const bytes = await this.read({ buffer: result, offset: 0, bytes: 16 }, "timed");
    this.#pool.release(result);
    queries.destroy();
    resolved.destroy();
    const stamps = new BigUint64Array(bytes.buffer);
    return Number((stamps[1] as bigint) - (stamps[0] as bigint)) * 1e-9;
  }

  destroy(): void {
    this.#destroyed = true;
    this.flush();
    this.#pool.destroy();
    this.#staging.destroy();
    this.#batch.destroy();
    if (this.#acquired.owned) this.#device.destroy();
  }

  #dispatch(call: Dispatch): void {
    const most = this.caps.limits.maxComputeWorkgroupsPerDimension ** 3;
    for (let base = 0; base < call.groups; base += most) {
      if (this.#batch.free === 0) this.flush();
      this.#batch.dispatch(call, base, Math.min(most, call.groups - base));
    }
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      if (!this.#destroyed) this.flush();
    });
  }

  /** Watches what becomes of the batch just submitted. */
  #follow(): void {
    const earlier = this.#checked;
    const batch = this.#open;
    // An operation that fills more than one batch is concerned by all of them.
    this.#open = this.#running ? [this.#running] : [];
    this.#inFlight.push(batch);
    const looked = this.#scopes.look(this.#current);
    this.#checked = (async () => {
      await earlier;
      const failure = await looked;
      const at = this.#inFlight.indexOf(batch);
      if (failure) for (const tell of [...this.#inFlight.slice(at), this.#open].flat()) tell(failure);
      this.#inFlight.splice(at, 1);
    })();
  }

  #assertAlive(where: string): void {
    if (this.#lostReason) throw new DeviceLostError(where, this.#lostReason);
  }
}
