/**
 * What owns tensors and runs operations on them: an engine, or an engine in a worker seen from the page. Creation,
 * views, scopes and the account of what is alive are the same for both; where bytes lie and calls run is not.
 */
import { DisposedError, InputError, ShapeError } from "../backends/contract.js";
import { type BitsArray, bitsArrayOf, type DType, isDType } from "../tensor/dtype.js";
import { checkShape, type Shape, sizeOfShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import type { TensorStorage } from "../tensor/tensor-storage.js";
import { checkAttached, type NestedValues, type TensorValues, toHost } from "../tensor/values.js";
import { checkCall } from "./check-call.js";
import { type LiveTensor, LiveTensors } from "./live-tensors.js";
import type { OutputSpec, PreparedCall } from "./operation.js";
import type { AnySpec } from "./placement.js";
import { currentRecorder } from "./recorder.js";
import { checkScope, Scope, tensorsIn } from "./scope.js";

export interface TensorOptions {
  shape?: Shape;
  dtype?: DType;
  scope?: Scope;
}

export abstract class TensorHost {
  protected readonly live = new LiveTensors();
  readonly #scopes: Scope[] = [];
  #destroyed = false;

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
      const wanted = bitsArrayOf(dtype).prototype.constructor.name;
      throw new InputError("fromBits", "bits", `must be a ${wanted} for ${dtype}`);
    }
    checkAttached("fromBits", "bits", bits);
    if (bits.length !== sizeOfShape(shape)) {
      throw new ShapeError("fromBits", "bits", { expected: `${sizeOfShape(shape)} elements`, actual: [bits.length] });
    }
    return this.#fromHost("fromBits", bits, shape, dtype, scope);
  }

  /** Runs a call; for defineOp. @returns one tensor per output */
  execute<P>(spec: AnySpec<P>, call: PreparedCall<P>, args: readonly unknown[]): Tensor[] {
    this.check(spec.name, call);
    const recorded = currentRecorder()?.call(spec, call, args);
    const outputs = this.run(spec, call, args);
    if (call.out) for (const out of call.out) if (out) out.storage.writes++;
    recorded?.(outputs);
    return outputs;
  }

  /** Loads what operations need and starts the threads, so that the first call does not wait. */
  abstract warmup(ops?: readonly { readonly spec: AnySpec }[]): Promise<void>;

  /**
   * Disposes every tensor that `body` makes, except those in what it returns. Synchronous: for async code make a
   * `new Scope()` and pass it along as the option `scope`.
   * @param body is given the scope, from which it may take a tensor out
   */
  scope<R>(body: (scope: Scope) => R): R {
    const scope = new Scope();
    this.#scopes.push(scope);
    let result: R;
    try {
      result = body(scope);
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

  /** Every tensor not yet disposed, oldest first: where to look when memory() grows. */
  liveTensors(): LiveTensor[] {
    return this.live.list();
  }

  /** Ends it: all tensors, all memory, all threads. A queued operation fails. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.release();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** A view on a tensor's storage; for Tensor's own methods. */
  view(base: Tensor, shape: Shape, byteOffset: number, scope?: Scope): Tensor {
    const { storage } = base;
    checkScope("view", scope);
    storage.retain();
    const view = this.register(new Tensor(this, storage, shape, base.dtype, byteOffset), storage, "view", scope);
    currentRecorder()?.view(base, view);
    return view;
  }

  /** A tensor was disposed; for Tensor. */
  forget(tensor: Tensor, storage: TensorStorage): void {
    this.live.remove(tensor);
    if (!this.#destroyed) storage.release();
  }

  /** A tensor's bytes as they are at this point of the program; for Tensor. */
  abstract read(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>>;

  /** The same at once. @throws InputError when they are not on the CPU of this thread */
  abstract readSync(tensor: Tensor): Uint8Array<ArrayBuffer>;

  abstract gpuBuffer(tensor: Tensor): Promise<GPUBuffer>;

  /** Where and how a checked call runs. */
  protected abstract run<P>(spec: AnySpec<P>, call: PreparedCall<P>, args: readonly unknown[]): Tensor[];

  /** A storage without data yet. */
  protected abstract store(bytes: number): TensorStorage;

  /** A storage with a copy of the data. */
  protected abstract storeCopy(data: Uint8Array, op: string, dtype: DType): TensorStorage;

  /** Called once by destroy(). */
  protected abstract release(): void;

  protected allocate({ shape, dtype }: OutputSpec, op: string, scope: Scope | undefined): Tensor {
    const storage = this.store(sizeOfShape(shape) * bitsArrayOf(dtype).BYTES_PER_ELEMENT);
    return this.register(new Tensor(this, storage, shape, dtype), storage, op, scope);
  }

  protected register(tensor: Tensor, storage: TensorStorage, op: string, scope: Scope | undefined): Tensor {
    this.live.add(tensor, storage, op);
    (scope ?? this.#scopes.at(-1))?.track(tensor);
    return tensor;
  }

  /** What must hold of every call. @throws DisposedError, InputError, ShapeError, DTypeError */
  protected check<P>(op: string, call: PreparedCall<P>): void {
    this.assertAlive(op);
    checkCall(this, op, call);
  }

  protected assertAlive(op: string): void {
    if (this.#destroyed) throw new DisposedError(op, "engine", "is destroyed");
  }

  #fromHost(op: string, bits: BitsArray, shape: Shape, dtype: DType, scope: Scope | undefined): Tensor {
    this.assertAlive(op);
    checkScope(op, scope);
    const storage = this.storeCopy(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), op, dtype);
    return this.register(new Tensor(this, storage, shape, dtype), storage, op, scope);
  }
}

/** A shape where the options belong would otherwise pass as options that say nothing. */
export function checkOptions(op: string, options: unknown): void {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  throw new InputError(op, "options", "must be an object such as { shape, dtype }");
}

export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

/** The owner of a call: named, or that of the first tensor. */
export function hostOf<P>(op: string, call: PreparedCall<P>): TensorHost {
  const first = call.engine ?? call.inputs.find(isTensor)?.engine;
  if (!first) throw new InputError(op, "#0", "must be a Tensor");
  return first;
}
