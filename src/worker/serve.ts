/** The worker's side: an engine that does what the page's messages say. */
import { InputError, UnsupportedError, type WavefoldError } from "../backends/contract.js";
import type { PoolWorker } from "../backends/host/contract.js";
import { createEngine } from "../create-engine.js";
import type { Engine } from "../engine/engine.js";
import type { AnySpec } from "../engine/placement.js";
import { bitsArrayOf, sizeOf } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { portOf, type WorkerEnd } from "./port.js";
import {
  type Answer,
  errorToWire,
  fromWire,
  type Message,
  type Question,
  toWire,
  type WireTensor,
} from "./protocol.js";

export interface ServedOp {
  readonly spec: AnySpec;
}

/**
 * Makes the current worker serve a page's createWorkerEngine. A worker script of one's own calls it with the operations
 * that the default script does not know: a system's, or a user's.
 */
export async function serveEngine(ops: Iterable<unknown>): Promise<void> {
  new EngineServer(portOf(await ownEnd()), ops);
}

async function ownEnd(): Promise<WorkerEnd> {
  const scope = globalThis as unknown as WorkerEnd & { process?: { versions?: { node?: string } } };
  if (!scope.process?.versions?.node) return scope;
  const nodeThreads = "node:worker_threads";
  const { parentPort } = (await import(/* @vite-ignore */ nodeThreads)) as typeof import("node:worker_threads");
  if (!parentPort) throw new UnsupportedError("serveEngine", "this is not a worker");
  return parentPort as unknown as WorkerEnd;
}

class EngineServer {
  readonly #port: PoolWorker;
  readonly #ops = new Map<string, AnySpec>();
  /** A storage's tensor (all of it), or why there is none. */
  readonly #storages = new Map<number, Tensor | WavefoldError>();
  #engine: Engine | undefined;

  constructor(port: PoolWorker, ops: Iterable<unknown>) {
    this.#port = port;
    for (const op of ops) {
      const spec = (op as Partial<ServedOp> | undefined)?.spec;
      if (spec) this.#ops.set(spec.name, spec);
    }
    port.onMessage((message) => this.#receive(message as Message));
  }

  #receive(message: Message): void {
    if (message.kind === "ask") void this.#answer(message.id, message.question);
    else if (message.kind === "call") this.#call(message.op, message.args, message.outputs);
    else if (message.kind === "store") this.#keep([message.storage], () => [this.#store(message)]);
    else {
      const held = this.#storages.get(message.storage);
      if (held && !(held instanceof Error)) held.dispose();
      this.#storages.delete(message.storage);
    }
  }

  #store({ dtype, data }: { dtype: Tensor["dtype"]; data: Uint8Array }): Tensor {
    const bits = new (bitsArrayOf(dtype))(data.buffer, data.byteOffset, data.byteLength / sizeOf(dtype));
    return this.#ready().fromBits(bits, { shape: [bits.length], dtype });
  }

  #call(op: string, args: unknown[], outputs: (number | null)[]): void {
    const engine = this.#ready();
    this.#withArguments(args, (decoded) =>
      this.#keep(outputs, () => {
        const spec = this.#spec(op);
        const given = decoded();
        return engine.execute(spec, spec.prepare(...given), given);
      }),
    );
  }

  /** Puts results under their storages; what fails leaves its error there, for whoever uses the result. */
  #keep(storages: readonly (number | null)[], make: () => readonly Tensor[]): void {
    let results: readonly (Tensor | WavefoldError)[];
    try {
      results = make();
    } catch (error) {
      results = storages.map(() => error as WavefoldError);
    }
    for (const [index, storage] of storages.entries()) {
      if (storage !== null) this.#storages.set(storage, results[index] as Tensor | WavefoldError);
    }
  }

  /** Views on the storages that the arguments name live as long as `body`. */
  #withArguments<R>(args: unknown[], body: (decoded: () => unknown[]) => R): R {
    const engine = this.#ready();
    const views: Tensor[] = [];
    const tensorOf = ({ storage, shape, byteOffset }: WireTensor) => {
      const view = engine.view(this.#tensor(storage), shape, byteOffset);
      views.push(view);
      return view;
    };
    try {
      return body(() => args.map((arg) => fromWire(arg, engine, tensorOf)));
    } finally {
      for (const view of views) view.dispose();
    }
  }

  async #answer(id: number, question: Question): Promise<void> {
    let answer: Answer;
    let transfer: ArrayBuffer[] = [];
    try {
      const value = await this.#ask(question);
      if (value instanceof Uint8Array) transfer = [value.buffer as ArrayBuffer];
      answer = { id, value };
    } catch (error) {
      answer = { id, error: errorToWire(error) };
    }
    this.#port.post(answer, transfer);
  }

  async #ask(question: Question): Promise<unknown> {
    switch (question.about) {
      case "start":
        this.#engine = await createEngine(question.options);
        return { wasm: this.#engine.wasm.description, webgpu: this.#engine.gpu?.description };
      case "read":
        return this.#read(question);
      case "explain":
        return this.#withArguments(question.args, (decoded) =>
          toWire("explain", this.#ready().explain({ spec: this.#spec(question.op) }, ...decoded()), () => 0),
        );
      case "warmup":
        return this.#ready().warmup(question.ops.map((op) => ({ spec: this.#spec(op) })));
      case "memory":
        return this.#ready().memory();
    }
  }

  async #read({ storage, byteOffset, byteLength }: { storage: number; byteOffset: number; byteLength: number }) {
    const whole = this.#tensor(storage);
    const view = this.#ready().view(whole, [byteLength / sizeOf(whole.dtype)], byteOffset);
    try {
      const bits = await view.bits();
      return new Uint8Array(bits.buffer);
    } finally {
      view.dispose();
    }
  }

  #tensor(storage: number): Tensor {
    const held = this.#storages.get(storage);
    if (held === undefined) throw new InputError("worker", "storage", `${storage} does not exist`);
    if (held instanceof Error) throw held;
    return held;
  }

  #spec(op: string): AnySpec {
    const spec = this.#ops.get(op);
    if (spec) return spec;
    throw new UnsupportedError(
      op,
      "the engine's worker does not know it; give createWorkerEngine a worker that serves it",
    );
  }

  #ready(): Engine {
    if (this.#engine) return this.#engine;
    throw new UnsupportedError("worker", "the engine has not started");
  }
}
