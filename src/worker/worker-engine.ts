/** The page's side: an engine whose memory, threads and GPU are in a worker. Calls return at once; data() waits. */
import { InputError, KernelError, UnsupportedError, type WavefoldError } from "../backends/contract.js";
import type { PoolWorker } from "../backends/host/contract.js";
import type { EngineMemory } from "../engine/engine.js";
import type { PreparedCall } from "../engine/operation.js";
import type { AnySpec } from "../engine/placement.js";
import type { Plan } from "../engine/plan.js";
import { TensorHost } from "../engine/tensor-host.js";
import type { DType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import type { TensorStorage } from "../tensor/tensor-storage.js";
import { type Answer, errorFromWire, type Message, type Question, toWire } from "./protocol.js";

/** What the worker's engine runs on. */
export interface WorkerBackends {
  readonly wasm: string;
  readonly webgpu: string | undefined;
}

class WorkerStorage implements TensorStorage {
  readonly bytes: number;
  readonly id: number;
  readonly location = "wasm";
  writes = 0;
  readonly #post: (message: Message) => void;
  #references = 1;

  constructor(id: number, bytes: number, post: (message: Message) => void) {
    this.id = id;
    this.bytes = bytes;
    this.#post = post;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references === 0) this.#post({ kind: "release", storage: this.id });
  }
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: WavefoldError): void;
}

export class WorkerEngine extends TensorHost {
  readonly backends: WorkerBackends;
  readonly #port: PoolWorker;
  readonly #pending: Map<number, Pending>;
  #nextStorage = 1;

  private constructor(port: PoolWorker, pending: Map<number, Pending>, backends: WorkerBackends) {
    super();
    this.#port = port;
    this.#pending = pending;
    this.backends = backends;
  }

  /** For createWorkerEngine: waits until the worker's engine has started. */
  static async start(port: PoolWorker, question: Question): Promise<WorkerEngine> {
    const pending = new Map<number, Pending>();
    port.onMessage((message) => settle(pending, message as Answer));
    port.onError((error) => {
      const reason = (error as { message?: string }).message ?? String(error);
      for (const { reject } of pending.values())
        reject(new KernelError("worker", `the engine's worker failed: ${reason}`));
      pending.clear();
    });
    const backends = (await ask(port, pending, question)) as WorkerBackends;
    return new WorkerEngine(port, pending, backends);
  }

  protected override run<P>(spec: AnySpec<P>, call: PreparedCall<P>, args: readonly unknown[]): Tensor[] {
    const wire = this.#encode(spec.name, args);
    const outputs: (number | null)[] = [];
    const tensors = call.outputs.map((output, index) => {
      const out = call.out?.[index];
      const tensor = out ?? this.allocate(output, spec.name, call.scope);
      outputs.push(out ? null : idOf(tensor));
      return tensor;
    });
    this.#post({ kind: "call", op: spec.name, args: wire, outputs });
    return tensors;
  }

  /** What would run where, and why, as the worker's engine sees it. */
  async explain<Args extends readonly unknown[]>(op: { readonly spec: AnySpec }, ...args: Args): Promise<Plan> {
    this.check(op.spec.name, op.spec.prepare(...args));
    return (await this.#ask({ about: "explain", op: op.spec.name, args: this.#encode(op.spec.name, args) })) as Plan;
  }

  override async warmup(ops: readonly { readonly spec: AnySpec }[] = []): Promise<void> {
    await this.#ask({ about: "warmup", ops: ops.map(({ spec }) => spec.name) });
  }

  async memory(): Promise<EngineMemory> {
    return (await this.#ask({ about: "memory" })) as EngineMemory;
  }

  override async read(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
    const { byteOffset, byteLength } = tensor;
    const question = { about: "read", storage: idOf(tensor), byteOffset, byteLength } as const;
    return (await this.#ask(question)) as Uint8Array<ArrayBuffer>;
  }

  override readSync(): never {
    throw new InputError("dataSync", "this", "is in the engine's worker; use data()");
  }

  override gpuBuffer(): never {
    throw new UnsupportedError("gpuBuffer", "a buffer cannot leave the engine's worker");
  }

  protected override store(bytes: number): WorkerStorage {
    return new WorkerStorage(this.#nextStorage++, bytes, (message) => this.#post(message));
  }

  /** The copy is transferred, not copied again. */
  protected override storeCopy(data: Uint8Array, _op: string, dtype: DType): WorkerStorage {
    const storage = this.store(data.byteLength);
    const copy = data.slice();
    this.#post({ kind: "store", storage: storage.id, dtype, data: copy }, [copy.buffer]);
    return storage;
  }

  protected override release(): void {
    this.#port.terminate();
    for (const { reject } of this.#pending.values()) reject(new KernelError("worker", "the engine was destroyed"));
    this.#pending.clear();
  }

  #encode(op: string, args: readonly unknown[]): unknown[] {
    return args.map((arg) => toWire(op, arg, idOf));
  }

  #post(message: Message, transfer: Transferable[] = []): void {
    this.#port.post(message, transfer);
  }

  #ask(question: Question): Promise<unknown> {
    this.assertAlive(question.about);
    return ask(this.#port, this.#pending, question);
  }
}

let lastQuestion = 0;

function ask(port: PoolWorker, pending: Map<number, Pending>, question: Question): Promise<unknown> {
  const id = ++lastQuestion;
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve, reject });
    port.post({ kind: "ask", id, question } satisfies Message);
  });
}

function settle(pending: Map<number, Pending>, answer: Answer): void {
  const asker = pending.get(answer.id);
  pending.delete(answer.id);
  if ("error" in answer) asker?.reject(errorFromWire(answer.error));
  else asker?.resolve(answer.value);
}

function idOf(tensor: Tensor): number {
  return (tensor.storage as WorkerStorage).id;
}
