/** An operation with inputs: what the tour checks and the bench times. */
import type { BackendName } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import type { AnySpec } from "../../engine/placement.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { NamedOperation } from "../operations.js";

/** "check": the oracle takes milliseconds; "small": a software adapter does; "full": where speed shows. */
export type CaseSize = "check" | "small" | "full";

export interface CaseInput {
  readonly shape: readonly number[];
  /** Numbers in [-1, 1), in (0, 1], whole numbers below `below` (i32), or zeros and ones (u8). */
  readonly values: "signed" | "positive" | "index" | "mask";
  readonly below?: number;
}

export interface OperationCase {
  readonly operation: NamedOperation;
  inputs(size: CaseSize): readonly CaseInput[];
  /** Arguments of the operation without its last options; the inputs themselves when absent. */
  arguments?(inputs: readonly Tensor[]): readonly unknown[];
  /** Options of the call, besides where it runs. */
  readonly options?: object;
  /** The result in double precision. */
  readonly oracle: CaseOracle;
  /** Largest error allowed, as a fraction of the largest expected magnitude; 0 for bit equality. */
  readonly bound: number;
}

/** The inputs' values and shapes, in their order; as many as the case has. */
// biome-ignore lint/suspicious/noExplicitAny: a case knows how many inputs it has
export type CaseOracle = (values: readonly any[], shapes: readonly any[]) => ArrayLike<number>;

/** An operation of the library, seen as one of any arguments. */
export const asOperation = (operation: { readonly spec: AnySpec }): NamedOperation => operation as NamedOperation;

/** The tensors of a case; the same numbers on every machine. */
export function makeInputs(
  engine: Engine,
  inputs: readonly CaseInput[],
): { tensors: Tensor[]; values: ArrayLike<number>[] } {
  const values = inputs.map(valuesOf);
  const tensors = values.map((array, index) => engine.tensor(array, { shape: inputs[index]?.shape ?? [] }));
  return { tensors, values };
}

export function callCase(oneCase: OperationCase, inputs: readonly Tensor[], on?: BackendName): Tensor {
  const { operation, options } = oneCase;
  return operation(...argumentsOf(oneCase, inputs), { ...options, ...(on ? { on } : {}) }) as Tensor;
}

export function argumentsOf(oneCase: OperationCase, inputs: readonly Tensor[]): readonly unknown[] {
  return oneCase.arguments?.(inputs) ?? inputs;
}

function valuesOf(input: CaseInput, index: number): Float32Array | Int32Array | Uint8Array {
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  if (input.values === "index") {
    return Int32Array.from({ length: size }, (_, i) => Math.floor(hash(i, index) * (input.below ?? size)));
  }
  if (input.values === "mask") return Uint8Array.from({ length: size }, (_, i) => Number(hash(i, index) < 0.5));
  const place = input.values === "positive" ? (u: number) => 1 - u : (u: number) => 2 * u - 1;
  return Float32Array.from({ length: size }, (_, i) => place(hash(i, index)));
}

/** A number in [0, 1) that depends on both arguments in no visible way (the finaliser of MurmurHash3, Appleby 2011). */
function hash(i: number, salt: number): number {
  let x = (i + 0x9e3779b9 * (salt + 1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
