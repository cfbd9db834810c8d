/**
 * What the engine must know of an operation: how to check a call, how much work it is, and how each backend runs it.
 * Operations are plain data; `defineOp` turns one into a function.
 */
import type { BackendName } from "../backends/contract.js";
import type { KernelGroup, WasmRun } from "../backends/wasm/group.js";
import type { GpuCapabilities, GpuRegion, GpuRun } from "../backends/webgpu/run.js";
import type { BitsArray, DType } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Gradient } from "./gradient.js";
import type { Scope } from "./scope.js";
import type { TensorHost } from "./tensor-host.js";

/** Options that every operation takes as (part of) its last argument. */
export interface CallOptions {
  /** Where the result goes; shape and dtype must match. May be one of the inputs. */
  out?: Tensor;
  /** Run here and nowhere else; UnsupportedError when that cannot be. */
  on?: BackendName;
  /** The scope that owns the results; by default the innermost open one. */
  scope?: Scope;
}

export interface OutputSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A checked call: everything that the engine needs to place and run it. */
export interface PreparedCall<P> {
  /** Only needed when there are no inputs (creation, random); otherwise the inputs bring it. */
  readonly engine?: TensorHost;
  readonly inputs: readonly Tensor[];
  /** For error messages, one name per input: "a", "b", ... */
  readonly names?: readonly string[];
  readonly outputs: readonly OutputSpec[];
  readonly params: P;
  /** One entry per output; an absent entry is allocated. */
  readonly out?: readonly (Tensor | undefined)[];
  readonly on?: BackendName;
  readonly scope?: Scope;
}

/** The rate that bounds an operation's arithmetic; the engine holds a measured figure per backend for each. */
export type RateClass = "multiply-add" | "special" | "stream" | "gather" | "integer";

export interface Work {
  /** Arithmetic of class `rate`: 2 per multiply-add, 1 per transcendental, compare or integer step. */
  readonly operations: number;
  /** Bytes read plus written, each once. */
  readonly bytes: number;
  readonly rate: RateClass;
  /** Dispatches on a GPU; 1 when absent. */
  readonly launches?: number;
}

/** An input or output on the CPU side: where its bytes lie in the engine's memory. */
export interface WasmOperand {
  readonly ptr: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
}

/** An input or output on the GPU: a 256-aligned region, padded to a multiple of 16 bytes. */
export interface GpuOperand extends GpuRegion {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
}

export interface WasmImplementation<P, K = object> {
  readonly group: KernelGroup<K>;
  /** True when an output may lie on an input of the same size; otherwise the engine writes elsewhere and swaps. */
  readonly inPlace?: boolean;
  /** Looks at the values of the inputs before any result is touched, so that what it throws leaves results as they were. */
  check?(w: WasmRun<K>, inputs: readonly WasmOperand[], params: P): void;
  /** Runs to the end before it returns. Outputs hold garbage before, every element must be written. */
  run(w: WasmRun<K>, inputs: readonly WasmOperand[], outputs: readonly WasmOperand[], params: P): void;
}

/** Plain TypeScript over typed arrays that alias the engine's memory: for prototypes and for users' own operations. */
export interface PlainImplementation<P> {
  run(inputs: readonly PlainOperand[], outputs: readonly PlainOperand[], params: P): void;
}

export interface PlainOperand {
  /** Stored bits (f16, bf16 and the 8-bit floats are not decoded). Dies with the call. */
  readonly bits: BitsArray;
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface GpuImplementation<P> {
  /** Why this device cannot run the call; undefined when it can. Limits on bindings are checked by the engine. */
  unsupported?(caps: GpuCapabilities, params: P, inputs: readonly Tensor[]): string | undefined;
  /** A name for explain(): which shader variant would run. */
  variant?(caps: GpuCapabilities, params: P): string;
  /**
   * How a call that needs larger bindings than the device allows falls into independent parts. Without it such a call
   * runs on the CPU.
   */
  split?(params: P): GpuSplit<P>;
  /** The operation itself binds no more of an operand than fits; `unsupported` says when it cannot. */
  readonly bindsParts?: boolean;
  encode(g: GpuRun, inputs: readonly GpuOperand[], outputs: readonly GpuOperand[], params: P): void;
}

/** A call as `units` independent slices along one unit (a row, a batch, an element). */
export interface GpuSplit<P> {
  readonly units: number;
  /** Bytes per unit of each input; 0 when every part needs the whole of it. */
  readonly inputBytes: readonly number[];
  readonly outputBytes: readonly number[];
  /** The parameters of units [start, end). Operands arrive cut to those units, flat: shape is [elements]. */
  narrow(start: number, end: number): P;
}

export interface OpSpec<Args extends readonly unknown[], P, R = Tensor, K = object> {
  readonly name: string;
  /** Checks every argument and infers the outputs. Pure: throws named errors, allocates nothing. */
  prepare(...args: Args): PreparedCall<P>;
  work(params: P): Work;
  readonly wasm?: WasmImplementation<P, K>;
  readonly plain?: PlainImplementation<P>;
  readonly webgpu?: GpuImplementation<P>;
  /** How far a result may be from the oracle, and why. For readers, tests and the tour. */
  readonly bound: string;
  /** How gradients get through it, for wavefold/autograd; the core keeps its own in files beside its operations. */
  readonly gradient?: Gradient<P>;
  /** What the caller gets of the outputs; the first one when absent. */
  finish?(outputs: readonly Tensor[], params: P): R;
}
