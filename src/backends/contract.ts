/**
 * What a backend is.
 *
 * A backend owns bytes and runs kernels over them; it knows nothing of tensors, shapes, dtypes or gradients. There are
 * two: `wasm` (AssemblyScript SIMD kernels in one linear memory, perhaps on several threads) runs a call to its end
 * before it returns; `webgpu` only encodes, and what it encoded is visible after `flush()` to whoever reads a buffer
 * back. Neither chooses anything: the engine's plan decides who runs what, and the op files say how.
 *
 * Memory handed out is owned by the caller until it is released. Sizes are bytes. A request that cannot be met throws
 * OutOfMemoryError and leaves the backend as it was.
 */
export interface Backend {
  readonly name: BackendName;
  /** What runs, for people: "relaxed, 4 threads" or the adapter's name. */
  readonly description: string;
  memory(): BackendMemory;
  /** Frees everything; no other member may be called afterwards. */
  destroy(): void;
}

export type BackendName = "wasm" | "webgpu";

export interface BackendMemory {
  /** Bytes in live allocations now. */
  readonly usedBytes: number;
  /** Highest value of usedBytes so far. */
  readonly peakBytes: number;
  /** Bytes held for reuse, beyond usedBytes. */
  readonly pooledBytes: number;
}

/** Base of every error that the engine throws on purpose; `code` is stable across versions. */
export class WavefoldError extends Error {
  // Names are written out in every class: a bundler shortens those of the classes themselves.
  override readonly name: string = "WavefoldError";
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An argument whose shape does not fit. */
export class ShapeError extends WavefoldError {
  override readonly name = "ShapeError";
  readonly argument: string;
  readonly actual: readonly (number | string)[] | string;
  readonly expected: readonly (number | string)[] | string;
  constructor(op: string, argument: string, shapes: { expected: ShapeLike; actual: ShapeLike }) {
    super("E_SHAPE", `${op}: argument ${argument} has shape ${show(shapes.actual)}, expected ${show(shapes.expected)}`);
    this.argument = argument;
    this.actual = shapes.actual;
    this.expected = shapes.expected;
  }
}

/** An argument whose dtype the operation does not take. */
export class DTypeError extends WavefoldError {
  override readonly name = "DTypeError";
  readonly argument: string;
  constructor(op: string, argument: string, dtypes: { expected: string; actual: string }) {
    super("E_DTYPE", `${op}: argument ${argument} has dtype ${dtypes.actual}, expected ${dtypes.expected}`);
    this.argument = argument;
  }
}

/** A value, option or file that is not what it must be. */
export class InputError extends WavefoldError {
  override readonly name = "InputError";
  readonly argument: string;
  constructor(op: string, argument: string, problem: string, options?: ErrorOptions) {
    super("E_INPUT", `${op}: argument ${argument} ${problem}`, options);
    this.argument = argument;
  }
}

/** Asked for something that this host, device or backend cannot do. */
export class UnsupportedError extends WavefoldError {
  override readonly name = "UnsupportedError";
  constructor(op: string, reason: string, options?: ErrorOptions) {
    super("E_UNSUPPORTED", `${op}: ${reason}`, options);
  }
}

/** More memory than there is, or than the engine's cap allows. The engine stays usable. */
export class OutOfMemoryError extends WavefoldError {
  override readonly name = "OutOfMemoryError";
  readonly requestedBytes: number;
  constructor(where: string, requestedBytes: number, detail: string, options?: ErrorOptions) {
    super("E_OUT_OF_MEMORY", `${where}: cannot allocate ${requestedBytes} bytes: ${detail}`, options);
    this.requestedBytes = requestedBytes;
  }
}

/** The only copy of the data was on a GPU device that is gone. */
export class DeviceLostError extends WavefoldError {
  override readonly name = "DeviceLostError";
  constructor(what: string, reason: string, options?: ErrorOptions) {
    super("E_DEVICE_LOST", `${what}: the GPU device was lost (${reason})`, options);
  }
}

/** A tensor, scope or engine used after it was disposed or destroyed. */
export class DisposedError extends WavefoldError {
  override readonly name = "DisposedError";
  readonly argument: string;
  constructor(op: string, argument: string, what = "is disposed") {
    super("E_DISPOSED", `${op}: argument ${argument} ${what}`);
    this.argument = argument;
  }
}

/** A kernel or shader failed where it must not: a defect of the engine or of a user's own kernel. */
export class KernelError extends WavefoldError {
  override readonly name = "KernelError";
  constructor(kernel: string, reason: string, options?: ErrorOptions) {
    super("E_KERNEL", `${kernel}: ${reason}`, options);
  }
}

/** What a kernel threw, as an error with a name. */
export function asNamedError(kernel: string, error: unknown): WavefoldError {
  return error instanceof WavefoldError ? error : new KernelError(kernel, String(error), { cause: error });
}

type ShapeLike = readonly (number | string)[] | string;

function show(shape: ShapeLike): string {
  return typeof shape === "string" ? shape : `[${shape.join(", ")}]`;
}
