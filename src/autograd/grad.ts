/** Functions of functions: from one that computes a number to one that computes its gradient. */
import type { Tensor } from "../tensor/tensor.js";
import { type GradientOptions, type Recordable, Recording } from "./record.js";
import { engineOf } from "./trees.js";

/** The gradients' form: that of the arguments at the positions `Of`. */
export type GradientsOf<Args extends readonly unknown[], Of> = Of extends number
  ? Args[Of]
  : Of extends readonly number[]
    ? { -readonly [I in keyof Of]: Of[I] extends number ? Args[Of[I]] : never }
    : never;

/**
 * Runs `fn(...args)` once and keeps what its gradients need. For a value of several elements, for several seeds, or where value and
 * gradients are wanted at different times; otherwise `grad` and `valueAndGrad` are shorter.
 *
 * An argument to differentiate with respect to is a float tensor, or an array or plain object of them to any depth; all other tensors
 * count as constants, those of integers always. `fn` must be synchronous. What it makes and does not return is disposed.
 *
 * @throws InputError, DTypeError, UnsupportedError naming the operation or the argument
 * @example
 * using recording = record((x) => softmax(x), [x]);
 * const row = recording.backward(seed, { keep: true });
 */
export function record<Args extends readonly unknown[], const Of extends number | readonly number[] = 0>(
  fn: (...args: Args) => Tensor,
  args: Args,
  { of = 0 as Of }: GradientOptions<Of> = {},
): Recording<GradientsOf<Args, Of>> {
  return new Recording("record", fn as Recordable, args, of);
}

/**
 * The gradient of a function whose value has one element, with respect to its first argument or those that `of` names, in their form.
 * Gradients are new tensors: of the argument's dtype, f32 for the 8-bit floats; zeros where the value does not depend on it.
 *
 * @throws what `record` and its backward throw
 * @example
 * const gradient = grad((x) => sum(square(x)))(x); // 2 x
 * const { w, b } = grad((p) => loss(add(matmul(x, p.w), p.b)))({ w: weights, b: bias });
 */
export function grad<Args extends readonly unknown[], const Of extends number | readonly number[] = 0>(
  fn: (...args: Args) => Tensor,
  { of = 0 as Of }: GradientOptions<Of> = {},
): (...args: Args) => GradientsOf<Args, Of> {
  // The scope takes the value, if the function made it.
  return (...args) => engineOf("grad", args).scope(() => recorded<Args, Of>("grad", fn, args, of).backward());
}

/** As `grad`, and the function's value with it. */
export function valueAndGrad<Args extends readonly unknown[], const Of extends number | readonly number[] = 0>(
  fn: (...args: Args) => Tensor,
  { of = 0 as Of }: GradientOptions<Of> = {},
): (...args: Args) => { value: Tensor; gradient: GradientsOf<Args, Of> } {
  return (...args) => {
    const recording = recorded<Args, Of>("valueAndGrad", fn, args, of);
    return { value: recording.value, gradient: recording.backward() };
  };
}

function recorded<Args extends readonly unknown[], Of extends number | readonly number[]>(
  op: string,
  fn: (...args: Args) => Tensor,
  args: Args,
  of: Of,
): Recording<GradientsOf<Args, Of>> {
  return new Recording(op, fn as Recordable, args, of);
}
