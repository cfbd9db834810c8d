/** The engine: owns the backends and every tensor's memory, places calls and keeps account. */
import {
  type BackendMemory,
  type BackendName,
  DisposedError,
  InputError,
  ShapeError,
  UnsupportedError,
  type WavefoldError,
} from "../backends/contract.js";
import type { WasmBackend } from "../backends/wasm/backend.js";
import type { KernelGroup } from "../backends/wasm/group.js";
import type { WebGpuBackend } from "../backends/webgpu/backend.js";
import { type BitsArray, bitsArrayOf, type DType, isDType, sizeOf } from "../tensor/dtype.js";
import { checkShape, type Shape, sizeOfShape } from "../tensor/shape.js";
import { type Backends, Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { checkAttached, type NestedValues, type TensorValues, toHost } from "../tensor/values.js";
import { type CalibrateOptions, type CalibrationProbe, measureRates } from "./calibrate.js";
import { Executor } from "./executor.js";
import { type LiveTensor, LiveTensors } from "./live-tensors.js";
import type { PreparedCall } from "./operation.js";
import type { AnySpec, PlacementContext } from "./placement.js";
import type { Plan } from "./plan.js";
import { type Calibration, calibrationVersion, type Rates } from "./rates.js";
import { byteLengthOf } from "./run-on-cpu.js";
import { checkScope, Scope, tensorsIn } from "./scope.js";

export interface TensorOptions {
  shape?: Shape;
  dtype?: DType;
  scope?: Scope;
}

/** What createEngine hands to the engine. */
export interface EngineParts {
  readonly wasm: WasmBackend;
  readonly gpu: WebGpuBackend | undefined;
  /** Why there is no GPU backend, for explain() and info. */
  readonly gpuAbsent: string;
  readonly rates: Rates;
  readonly preferred: (op: string) => BackendName | undefined;
  readonly probes: readonly CalibrationProbe[];
  /** Asks for a new device after a loss; absent for a caller's own device. */
  readonly reviveGpu?: () => Promise<WebGpuBackend>;
}

export interface EngineMemory {
  readonly tensors: number;
  readonly wasm: BackendMemory;
  readonly webgpu: BackendMemory | undefined;
  /** Tensors that were garbage-collected without dispose(); their memory has been given back. */
  readonly leaked: number;
}

export class Engine implements Backends {
  readonly wasm: WasmBackend;
  readonly #parts: EngineParts;
  readonly #executor: Executor;
  readonly #live = new LiveTensors();
  readonly #scopes: Scope[] = [];
  #gpu: WebGpuBackend | undefined;
  #gpuAbsent: string;
  #rates: Rates;
  #destroyed = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.wasm = parts.wasm;
    this.#gpu = parts.gpu;
    this.#gpuAbsent = parts.gpuAbsent;
    this.#rates = parts.rates;
    this.#executor = new Executor(this, {
      context: () => this.#context(),
      allocate: (output, op, scope) => this.#allocate(output, op, scope),
      assertAlive: (op) => this.#assertAlive(op),
    });
    this.#watchGpu();
  }

  get gpu(): WebGpuBackend | undefined {
    return this.#gpu;
  }

  /** Why there is no GPU backend; undefined when there is one. */
  get gpuAbsent(): string | undefined {
    return this.#gpu ? undefined : this.#gpuAbsent;
  }

  get rates(): Rates {
    return this.#rates;
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  /**
   * A tensor of a copy of `values`: a number, nested arrays, or a typed array with a shape.
   * The dtype follows a typed array (Float32Array is f32, ...) and is f32 for plain numbers.
   * @throws InputError, ShapeError, DTypeError, OutOfMemoryError
   */
  tensor(values: TensorValues | NestedValues, options: TensorOptions = {}): Tensor {
    checkOptions("tensor", options);
    const { bits, shape, dtype } = toHost(values, options.shape, options.dtype);
    return this.#fromHost("tensor", bits, shape, dtype, options.scope);
  }

  /** A tensor of a copy of stored bits: Uint16Array for f16 and bf16, Uint8Array for the 8-bit floats. */
  fromBits(bits: BitsArray, options: { shape: Shape; dtype: DType; scope?: Scope }): Tensor {
    checkOptions("fromBits", options);
    const { shape, dtype, scope } = options;
    if (!isDType(dtype)) throw new InputError("fromBits", "dtype", `is ${String(dtype)}, not a dtype`);
    checkShape("fromBits", "shape", shape);
    if (!(bits instanceof bitsArrayOf(dtype))) {
      throw new InputError(
        "fromBits",
        "bits",
        `must be a ${bitsArrayOf(dtype).prototype.constructor.name} for ${dtype}`,
      );
    }
    checkAttached("fromBits", "bits", bits);
    if (bits.length !== sizeOfShape(shape)) {
      throw new ShapeError("fromBits", "bits", { expected: `${sizeOfShape(shape)} elements`, actual: [bits.length] });
    }
    return this.#fromHost("fromBits", bits, shape, dtype, scope);
  }

  /** A tensor over a caller's buffer, without a copy. The buffer stays the caller's; dispose() leaves it alone. */
  fromGpuBuffer(buffer: GPUBuffer, options: { shape: Shape; dtype: DType; scope?: Scope }): Tensor {
    const gpu = this.requireGpu("fromGpuBuffer");
    checkOptions("fromGpuBuffer", options);
    const { shape, dtype, scope } = options;
    checkScope("fromGpuBuffer", scope);
    checkShape("fromGpuBuffer", "shape", shape);
    if (!isDType(dtype) || dtype === "f64")
      throw new InputError("fromGpuBuffer", "dtype", `is ${String(dtype)}, not a dtype of GPUs`);
    const bytes = byteLengthOf({ shape, dtype });
    const needed = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (!(buffer?.size >= needed)) {
      throw new InputError("fromGpuBuffer", "buffer", `has ${buffer?.size} bytes; ${needed} are needed (padded to 16)`);
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    if ((buffer.usage & usage) !== usage) {
      throw new InputError("fromGpuBuffer", "buffer", "lacks one of the usages STORAGE, COPY_SRC, COPY_DST");
    }
    const storage = new Storage(this, bytes);
    storage.adoptGpu(gpu, buffer, true);
    return this.#register(new Tensor(this, storage, shape, dtype), storage, "fromGpuBuffer", scope);
  }

  /** Runs a call; for defineOp. @returns one tensor per output */
  execute<P>(spec: AnySpec<P>, call: PreparedCall<P>): Tensor[] {
    return this.#executor.execute(spec, call);
  }

  /** What would run where, and why, without running it. */
  explain<Args extends readonly unknown[]>(op: { readonly spec: AnySpec }, ...args: Args): Plan {
    return this.#executor.explain(op.spec, op.spec.prepare(...args));
  }

  /** Loads the kernel groups of operations and starts the threads, so that the first call does not wait. */
  async warmup(ops: readonly { readonly spec: AnySpec }[] = []): Promise<void> {
    this.#assertAlive("warmup");
    const groups = new Set(ops.flatMap(({ spec }) => (spec.wasm ? [spec.wasm.group as KernelGroup<object>] : [])));
    await Promise.all([...groups].map((group) => this.wasm.load(group)));
    await this.wasm.ready();
  }

  /** Measures this machine and uses the result from now on; save it, and give it to createEngine next time. */
  async calibrate(options: CalibrateOptions = {}): Promise<Calibration> {
    this.#assertAlive("calibrate");
    this.#rates = await measureRates(this, this.#parts.probes, this.#rates, options);
    const machine = { wasm: this.wasm.description, ...(this.#gpu ? { webgpu: this.#gpu.description } : {}) };
    return { version: calibrationVersion, machine, rates: this.#rates };
  }

  /**
   * Disposes every tensor that `body` makes, except those in what it returns. Synchronous: for async code make a
   * `new Scope()` and pass it along as the option `scope`.
   */
  scope<R>(body: () => R): R {
    const scope = new Scope();
    this.#scopes.push(scope);
    let result: R;
    try {
      result = body();
      if (result instanceof Promise)
        throw new InputError("scope", "body", "returned a promise; it must be synchronous");
      const outer = this.#scopes.at(-2);
      for (const tensor of tensorsIn(result, isTensor)) scope.handOver(tensor, outer);
    } finally {
      this.#scopes.pop();
      scope.dispose();
    }
    return result;
  }

  memory(): EngineMemory {
    return {
      tensors: this.#live.count,
      wasm: this.wasm.memory(),
      webgpu: this.#gpu?.memory(),
      leaked: this.#live.leaked,
    };
  }

  /** Every tensor not yet disposed, oldest first: where to look when memory() grows. */
  liveTensors(): LiveTensor[] {
    return this.#live.list();
  }

  /** Ends the engine: all tensors, all memory, all threads. A queued operation fails. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.wasm.destroy();
    this.#gpu?.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** Runs a task on a storage's bytes as they are now: at once, or when what is queued on it has run. */
  inTurn<T>(storage: Storage, task: () => Promise<T>): Promise<T> {
    return this.#executor.inTurn(storage, task);
  }

  requireGpu(where: string): WebGpuBackend {
    this.#assertAlive(where);
    if (!this.#gpu) throw new UnsupportedError(where, `this engine has no GPU: ${this.#gpuAbsent}`);
    return this.#gpu;
  }

  /** A view on a tensor's storage; for Tensor's own methods. */
  view(base: Tensor, shape: Shape, byteOffset: number, scope?: Scope): Tensor {
    const { storage } = base;
    checkScope("view", scope);
    storage.retain();
    return this.#register(new Tensor(this, storage, shape, base.dtype, byteOffset), storage, "view", scope);
  }

  /** A tensor was disposed; for Tensor. */
  forget(tensor: Tensor, storage: Storage): void {
    this.#live.remove(tensor);
    if (!this.#destroyed) storage.release();
  }

  #context(): PlacementContext {
    return { backends: this, gpuAbsent: this.#gpuAbsent, rates: this.#rates, preferred: this.#parts.preferred };
  }

  #allocate({ shape, dtype }: { shape: Shape; dtype: DType }, op: string, scope: Scope | undefined): Tensor {
    const storage = new Storage(this, byteLengthOf({ shape, dtype }));
    return this.#register(new Tensor(this, storage, shape, dtype), storage, op, scope);
  }

  #fromHost(op: string, bits: BitsArray, shape: Shape, dtype: DType, scope: Scope | undefined): Tensor {
    this.#assertAlive(op);
    checkScope(op, scope);
    const storage = new Storage(this, bits.length * sizeOf(dtype));
    const ptr = storage.writeWasm(op);
    this.wasm.bytes(ptr, storage.bytes).set(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength));
    return this.#register(new Tensor(this, storage, shape, dtype), storage, op, scope);
  }

  #register(tensor: Tensor, storage: Storage, op: string, scope: Scope | undefined): Tensor {
    this.#live.add(tensor, storage, op);
    (scope ?? this.#scopes.at(-1))?.track(tensor);
    return tensor;
  }

  #assertAlive(op: string): void {
    if (this.#destroyed) throw new DisposedError(op, "engine", "is destroyed");
  }

  /** After a lost device the engine goes on with the CPU, and asks once for a new device. */
  #watchGpu(): void {
    const lost = this.#gpu;
    lost?.onLost(() => {
      if (this.#destroyed || this.#gpu !== lost) return;
      this.#gpu = undefined;
      this.#gpuAbsent = `the device was lost (${lost.lostReason})`;
      this.#parts.reviveGpu?.().then(
        (gpu) => {
          if (this.#destroyed) return gpu.destroy();
          this.#gpu = gpu;
          this.#watchGpu();
        },
        (error: WavefoldError) => {
          this.#gpuAbsent += `; no new one: ${error.message}`;
        },
      );
    });
  }
}

/** A shape where the options belong would otherwise pass as options that say nothing. */
function checkOptions(op: string, options: unknown): void {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  throw new InputError(op, "options", "must be an object such as { shape, dtype }");
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

/** The engine of a call: named, or that of the first tensor. */
export function engineOf<P>(op: string, call: PreparedCall<P>): Engine {
  const first = call.engine ?? call.inputs.find(isTensor)?.engine;
  if (!first) throw new InputError(op, "#0", "must be a Tensor");
  return first;
}
