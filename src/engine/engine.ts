/** The engine: owns the backends and every tensor's memory, places calls and keeps account. */
import {
  type BackendMemory,
  type BackendName,
  InputError,
  UnsupportedError,
  type WavefoldError,
} from "../backends/contract.js";
import type { WasmBackend } from "../backends/wasm/backend.js";
import type { KernelGroup } from "../backends/wasm/group.js";
import type { WebGpuBackend } from "../backends/webgpu/backend.js";
import { type DType, isDType } from "../tensor/dtype.js";
import { checkShape, type Shape } from "../tensor/shape.js";
import { type Backends, bytesOf, Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { type CalibrateOptions, type CalibrationProbe, measureRates } from "./calibrate.js";
import { Executor } from "./executor.js";
import type { PreparedCall } from "./operation.js";
import type { AnySpec, PlacementContext } from "./placement.js";
import type { Plan } from "./plan.js";
import { type Calibration, calibrationVersion, type Rates } from "./rates.js";
import { byteLengthOf } from "./run-on-cpu.js";
import { checkScope, type Scope } from "./scope.js";
import { checkOptions, TensorHost } from "./tensor-host.js";

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

export class Engine extends TensorHost implements Backends {
  readonly wasm: WasmBackend;
  readonly #parts: EngineParts;
  readonly #executor: Executor;
  #gpu: WebGpuBackend | undefined;
  #gpuAbsent: string;
  #rates: Rates;

  constructor(parts: EngineParts) {
    super();
    this.#parts = parts;
    this.wasm = parts.wasm;
    this.#gpu = parts.gpu;
    this.#gpuAbsent = parts.gpuAbsent;
    this.#rates = parts.rates;
    this.#executor = new Executor(this, {
      context: () => this.#context(),
      allocate: (output, op, scope) => this.allocate(output, op, scope),
      assertAlive: (op) => this.assertAlive(op),
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

  /**
   * A tensor over a caller's buffer, without a copy. The buffer stays the caller's; dispose() leaves it alone.
   * The engine may keep a copy on the CPU: whoever writes to the buffer behind its back wraps it anew.
   */
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
    return this.register(new Tensor(this, storage, shape, dtype), storage, "fromGpuBuffer", scope);
  }

  protected override run<P>(spec: AnySpec<P>, call: PreparedCall<P>): Tensor[] {
    return this.#executor.execute(spec, call);
  }

  /** What would run where, and why, without running it. */
  explain<Args extends readonly unknown[]>(op: { readonly spec: AnySpec }, ...args: Args): Plan {
    const call = op.spec.prepare(...args);
    this.check(op.spec.name, call);
    return this.#executor.explain(op.spec, call);
  }

  /** Loads the kernel groups of operations and starts the threads, so that the first call does not wait. */
  override async warmup(ops: readonly { readonly spec: AnySpec }[] = []): Promise<void> {
    this.assertAlive("warmup");
    const groups = new Set(ops.flatMap(({ spec }) => (spec.wasm ? [spec.wasm.group as KernelGroup<object>] : [])));
    await Promise.all([...groups].map((group) => this.wasm.load(group)));
    await this.wasm.ready();
  }

  /** Measures this machine and uses the result from now on; save it, and give it to createEngine next time. */
  async calibrate(options: CalibrateOptions = {}): Promise<Calibration> {
    this.assertAlive("calibrate");
    this.#rates = await measureRates(this, this.#parts.probes, this.#rates, options);
    const machine = { wasm: this.wasm.description, ...(this.#gpu ? { webgpu: this.#gpu.description } : {}) };
    return { version: calibrationVersion, machine, rates: this.#rates };
  }

  memory(): EngineMemory {
    return {
      tensors: this.live.count,
      wasm: this.wasm.memory(),
      webgpu: this.#gpu?.memory(),
      leaked: this.live.leaked,
    };
  }

  override read(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
    const { byteOffset, byteLength } = tensor;
    const storage = bytesOf(tensor);
    return this.#executor.inTurn(storage, () => storage.read(byteOffset, byteLength, "data"));
  }

  override readSync(tensor: Tensor): Uint8Array<ArrayBuffer> {
    const storage = bytesOf(tensor);
    storage.assertReadable("dataSync");
    if (storage.queued || !storage.onWasm) throw new InputError("dataSync", "this", "is not on the CPU; use data()");
    return storage.readSync(tensor.byteOffset, tensor.byteLength);
  }

  override gpuBuffer(tensor: Tensor): Promise<GPUBuffer> {
    const storage = bytesOf(tensor);
    return this.#executor.inTurn(storage, async () => {
      const gpu = this.requireGpu("gpuBuffer");
      const buffer = storage.toGpu(gpu, "gpuBuffer");
      gpu.flush();
      return buffer;
    });
  }

  requireGpu(where: string): WebGpuBackend {
    this.assertAlive(where);
    if (!this.#gpu) throw new UnsupportedError(where, `this engine has no GPU: ${this.#gpuAbsent}`);
    return this.#gpu;
  }

  protected override store(bytes: number): Storage {
    return new Storage(this, bytes);
  }

  protected override storeCopy(data: Uint8Array, op: string): Storage {
    const storage = this.store(data.byteLength);
    this.wasm.bytes(storage.writeWasm(op), data.byteLength).set(data);
    return storage;
  }

  protected override release(): void {
    this.wasm.destroy();
    this.#gpu?.destroy();
  }

  #context(): PlacementContext {
    return { backends: this, gpuAbsent: this.#gpuAbsent, rates: this.#rates, preferred: this.#parts.preferred };
  }

  /** After a lost device the engine goes on with the CPU, and asks once for a new device. */
  #watchGpu(): void {
    const lost = this.#gpu;
    lost?.onLost(() => {
      if (this.destroyed || this.#gpu !== lost) return;
      this.#gpu = undefined;
      this.#gpuAbsent = `the device was lost (${lost.lostReason})`;
      this.#parts.reviveGpu?.().then(
        (gpu) => {
          if (this.destroyed) return gpu.destroy();
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
