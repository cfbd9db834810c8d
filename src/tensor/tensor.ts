/** What users hold: a shape and a dtype over a storage. Contiguous, row-major; views share the storage. */
import { DisposedError, InputError, ShapeError } from "../backends/contract.js";
import type { Scope } from "../engine/scope.js";
import type { TensorHost } from "../engine/tensor-host.js";
import { decodeArray } from "./codecs.js";
import { type BitsArray, bitsArrayOf, type DType, isStorageFloat, sizeOf } from "./dtype.js";
import { checkShape, type Shape, sizeOfShape } from "./shape.js";
import type { TensorStorage } from "./tensor-storage.js";

/** Values as numbers: f16, bf16 and the 8-bit floats arrive decoded. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Int8Array | Uint8Array;

export class Tensor {
  readonly engine: TensorHost;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  /** Where this view begins in its storage, in bytes. */
  readonly byteOffset: number;
  readonly #storage: TensorStorage;
  #disposed = false;

  /** Tensors come from an engine; this constructor takes over one reference to the storage. */
  constructor(engine: TensorHost, storage: TensorStorage, shape: Shape, dtype: DType, byteOffset = 0) {
    this.engine = engine;
    this.#storage = storage;
    this.shape = Object.freeze([...shape]);
    this.dtype = dtype;
    this.size = sizeOfShape(shape);
    this.byteOffset = byteOffset;
  }

  get rank(): number {
    return this.shape.length;
  }

  get byteLength(): number {
    return this.size * sizeOf(this.dtype);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** The side that holds the data now, or will when the queue has drained. */
  get location(): "wasm" | "webgpu" {
    return this.storage.location;
  }

  /** For operations and the engine. @throws DisposedError */
  get storage(): TensorStorage {
    this.assertUsable();
    return this.#storage;
  }

  /** True when this tensor is all of its storage. */
  get isWhole(): boolean {
    return this.byteOffset === 0 && this.byteLength === this.#storage.bytes;
  }

  /** The values at the time of the call, copied out to a plain array. Waits for everything that must run first. */
  async data(): Promise<TensorData> {
    return this.#decode(await this.bits());
  }

  /** The stored bits, copied out: f16 and bf16 as Uint16Array, the 8-bit floats as Uint8Array. */
  async bits(): Promise<BitsArray> {
    this.assertUsable();
    const bytes = await this.engine.read(this);
    return new (bitsArrayOf(this.dtype))(bytes.buffer);
  }

  /**
   * The values at once, without a promise. Only for data that is in WebAssembly memory.
   * @throws InputError when the data is on the GPU or still being made
   */
  dataSync(): TensorData {
    this.assertUsable();
    return this.#decode(new (bitsArrayOf(this.dtype))(this.engine.readSync(this).buffer));
  }

  /** The only element of a tensor of size 1. */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError("item", "this", { expected: "one element", actual: this.shape });
    return (await this.data())[0] as number;
  }

  /** Another shape over the same data; one extent may be -1. Costs nothing. */
  reshape(shape: readonly number[]): Tensor {
    const wanted = this.#inferExtent(shape);
    if (sizeOfShape(wanted) !== this.size) {
      throw new ShapeError("reshape", "shape", { expected: `${this.size} elements in all`, actual: shape });
    }
    return this.engine.view(this, wanted, this.byteOffset);
  }

  /** Rows [start, end) of the first axis, as a view. Costs nothing. */
  rows(start: number, end: number): Tensor {
    const count = this.shape[0];
    if (count === undefined)
      throw new ShapeError("rows", "this", { expected: "at least one axis", actual: this.shape });
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > count) {
      throw new InputError("rows", "start, end", `are ${start}, ${end}; expected 0 <= start <= end <= ${count}`);
    }
    const rowBytes = count === 0 ? 0 : this.byteLength / count;
    return this.engine.view(this, [end - start, ...this.shape.slice(1)], this.byteOffset + start * rowBytes);
  }

  /** A second tensor over the same storage, to be disposed on its own. */
  alias(scope?: Scope): Tensor {
    return this.engine.view(this, this.shape, this.byteOffset, scope);
  }

  /** The GPU buffer with the data, uploaded if need be. No copy when it is there; valid until the next write or dispose. */
  async gpuBuffer(): Promise<GPUBuffer> {
    this.assertUsable();
    return this.engine.gpuBuffer(this);
  }

  /** Gives the memory back when no other view needs it. Safe to call twice. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.engine.forget(this, this.#storage);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return `Tensor(${this.dtype} [${this.shape.join(", ")}]${this.#disposed ? ", disposed" : ""})`;
  }

  /** @throws DisposedError */
  assertUsable(): void {
    if (this.#disposed) throw new DisposedError("tensor", "this");
    if (this.engine.destroyed) throw new DisposedError("tensor", "this", "belongs to a destroyed engine");
  }

  #decode(bits: BitsArray): TensorData {
    return isStorageFloat(this.dtype)
      ? decodeArray(this.dtype, bits as Uint16Array | Uint8Array)
      : (bits as TensorData);
  }

  #inferExtent(shape: readonly number[]): number[] {
    const free = Array.isArray(shape) ? shape.indexOf(-1) : -1;
    if (free < 0) {
      checkShape("reshape", "shape", shape);
      return [...shape];
    }
    const rest = shape.filter((_, axis) => axis !== free);
    checkShape("reshape", "shape", rest);
    const known = sizeOfShape(rest);
    const extent = known === 0 ? 0 : Math.floor(this.size / known);
    return shape.map((given, axis) => (axis === free ? extent : given)) as number[];
  }
}

/** For `prepare` of operations: that an argument is a live tensor, before its shape is looked at. */
export function assertTensor(op: string, argument: string, value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw new InputError(op, argument, `must be a Tensor, got ${value === null ? "null" : typeof value}`);
  }
  if (value.disposed) throw new DisposedError(op, argument);
}
