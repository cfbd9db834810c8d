/** Takes a checked call through its stages: plan, allocate, then run at once or queue. */
import type { BackendName } from "../backends/contract.js";
import { bytesOf, type Storage } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Engine } from "./engine.js";
import type { OutputSpec, PreparedCall } from "./operation.js";
import { type AnySpec, factsOf, type PlacementContext } from "./placement.js";
import { chooseBackend, type Plan, plan } from "./plan.js";
import { OperationQueue } from "./queue.js";
import { type InputView, type OutputView, runOnCpu } from "./run-on-cpu.js";
import { runOnGpu } from "./run-on-gpu.js";
import type { Scope } from "./scope.js";

/** What the executor needs of its engine beyond the public face. */
export interface ExecutorServices {
  context(): PlacementContext;
  allocate(output: OutputSpec, op: string, scope: Scope | undefined): Tensor;
  assertAlive(op: string): void;
}

export class Executor {
  readonly #engine: Engine;
  readonly #services: ExecutorServices;
  readonly #queue = new OperationQueue();

  constructor(engine: Engine, services: ExecutorServices) {
    this.#engine = engine;
    this.#services = services;
  }

  execute<P>(spec: AnySpec<P>, call: PreparedCall<P>): Tensor[] {
    assertReadable(spec.name, call);
    const backend = chooseBackend(factsOf(spec, call, this.#services.context()));
    const tensors = call.outputs.map(
      (output, index) => call.out?.[index] ?? this.#services.allocate(output, spec.name, call.scope),
    );
    const inputs = call.inputs.map(viewOf);
    const outputs = tensors.map(viewOf);
    try {
      if (this.#canRunNow(spec, backend, inputs, outputs)) this.#run(spec, backend, inputs, outputs, call.params);
      else this.#enqueue(spec, backend, inputs, outputs, call.params, call.on !== undefined);
    } catch (error) {
      for (const [index, tensor] of tensors.entries()) if (!call.out?.[index]) tensor.dispose();
      throw error;
    }
    return tensors;
  }

  explain<P>(spec: AnySpec<P>, call: PreparedCall<P>): Plan {
    assertReadable(spec.name, call);
    return plan(factsOf(spec, call, this.#services.context()));
  }

  /** Runs a task on a storage's bytes as they are now: at once, or when what is queued on it has run. */
  async inTurn<T>(storage: Storage, task: () => Promise<T>): Promise<T> {
    if (!storage.queued) return task();
    return this.#queue.begin([storage], async () => {
      this.#services.assertAlive("data");
      return task();
    });
  }

  /** At once, unless something must first be read back, loaded, or finished by a queued operation. */
  #canRunNow(
    spec: AnySpec,
    backend: BackendName,
    inputs: readonly InputView[],
    outputs: readonly OutputView[],
  ): boolean {
    if (inputs.some(isQueued) || outputs.some(isQueued)) return false;
    if (backend === "webgpu") return true;
    if (spec.wasm && !this.#engine.wasm.isLoaded(spec.wasm.group)) return false;
    return inputs.every(isOnCpu) && outputs.every((output) => output.whole || isOnCpu(output));
  }

  #run<P>(
    spec: AnySpec<P>,
    backend: BackendName,
    inputs: readonly InputView[],
    outputs: readonly OutputView[],
    params: P,
  ): void {
    if (backend === "wasm") runOnCpu(spec, inputs, outputs, params, this.#engine.wasm);
    else runOnGpu(spec, inputs, outputs, params, this.#engine.requireGpu(spec.name));
  }

  #enqueue<P>(
    spec: AnySpec<P>,
    backend: BackendName,
    inputs: readonly InputView[],
    outputs: readonly OutputView[],
    params: P,
    forced: boolean,
  ): void {
    const reads = needed(inputs, outputs);
    const writes = outputs.map(({ storage }) => storage);
    const run = async () => {
      this.#services.assertAlive(spec.name);
      // The device may have been lost while the call waited.
      const now = backend === "webgpu" && !forced && !this.#engine.gpu ? "wasm" : backend;
      if (now === "wasm") {
        if (spec.wasm) await this.#engine.wasm.load(spec.wasm.group);
        await Promise.all(reads.map((storage) => storage.toWasm(spec.name)));
        this.#services.assertAlive(spec.name);
      }
      this.#run(spec, now, inputs, outputs, params);
    };
    this.#queue.push({ where: spec.name, reads, writes, run });
    for (const storage of writes) storage.expected = backend;
  }
}

function assertReadable<P>(op: string, call: PreparedCall<P>): void {
  for (const input of call.inputs) bytesOf(input).assertReadable(op);
}

const isQueued = ({ storage }: InputView): boolean => storage.queued;

/** A storage that is nowhere has never been written, and may be read as it comes. */
const isOnCpu = ({ storage }: InputView): boolean => storage.onWasm || !storage.onGpu;

/** Inputs are read, and what surrounds a partial result must stay. */
function needed(inputs: readonly InputView[], outputs: readonly OutputView[]): Storage[] {
  return [...inputs, ...outputs.filter(({ whole }) => !whole)].map(({ storage }) => storage);
}

function viewOf(tensor: Tensor): OutputView {
  const { byteOffset, shape, dtype, size, byteLength } = tensor;
  return { storage: bytesOf(tensor), byteOffset, shape, dtype, size, byteLength, whole: tensor.isWhole };
}
