/**
 * How gradients get through an operation. An operation says it in a file of its own beside it (a user's, in its spec); only
 * src/autograd reads it.
 */
import type { Tensor } from "../tensor/tensor.js";

/** A call that the tape has seen. Tensors give shapes and dtypes; their values are there later only if a pullback reads them. */
export interface RecordedCall<P> {
  readonly inputs: readonly Tensor[];
  /** One per input: "a", "b", ... */
  readonly names: readonly string[];
  readonly outputs: readonly Tensor[];
  readonly params: P;
  /** As the caller gave them. */
  readonly args: readonly unknown[];
}

/** From the gradients of a call's results to those of some operands. */
export interface Pullback {
  /** Positions of the operands among the inputs. */
  readonly to: readonly number[];
  /** Operands and results whose values `run` needs; nothing else of the call is kept. */
  readonly reads: readonly Tensor[];
  /**
   * @param gradients of the results; undefined for one that nothing depends on
   * @param reads the tensors named above, with the values that the call read or wrote
   * @returns one gradient per entry of `to`, in the operand's shape and dtype (f32 for the 8-bit floats): a new tensor, or one of those
   *          that came in. Whatever else it makes is disposed for it
   */
  run(gradients: readonly (Tensor | undefined)[], reads: readonly Tensor[]): readonly Tensor[];
}

/** The pullbacks of one call. An operand that none of them leads to, and whose gradient is wanted, is an error. */
export type GradientRule<P> = (call: RecordedCall<P>) => readonly Pullback[];

/** Said of an operation whose results do not move with its operands: comparisons, rounding. They count as constants. */
export interface ConstantResults {
  readonly constant: string;
}

export type Gradient<P> = GradientRule<P> | ConstantResults;
