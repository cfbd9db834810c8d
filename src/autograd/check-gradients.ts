/** Gradients against central differences. */
import { InputError } from "../backends/contract.js";
import { gradientDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Recordable, Recording } from "./record.js";
import { type Leaf, leavesOf, mapTree, variablesOf } from "./trees.js";

export interface CheckOptions {
  /** Which arguments are varied, by position; the first one when absent. */
  readonly of?: number | readonly number[];
  /**
   * The same function in float64: from the values of the varied tensors, in order, to those of the result. Without it the function itself
   * is differenced, in its own dtype: give it f64 tensors where the operations take them.
   */
  readonly oracle?: (...values: Float64Array[]) => ArrayLike<number>;
  /** How far an element is moved either way; by default what the dtype that is differenced in allows. */
  readonly step?: number;
  /** Largest error of a passing gradient; by default what the dtypes allow. */
  readonly tolerance?: number;
}

export interface VariableReport {
  /** "#0", or the place inside an argument: "#0.weights[2]". */
  readonly path: string;
  /** The largest difference of an element, over the largest element of this gradient (or 1/1000 of all gradients). */
  readonly error: number;
  /** Where it is. */
  readonly index: number;
  readonly gradient: number;
  readonly difference: number;
}

export interface GradientReport {
  readonly passed: boolean;
  readonly tolerance: number;
  readonly variables: readonly VariableReport[];
}

type Evaluate = (variable: number, index: number, by: number) => Promise<number>;

/**
 * Compares the gradient of `fn` with (f(x + h) - f(x - h)) / 2h, element by element; a result of several elements is weighted with fixed
 * numbers. Two evaluations per element: use small shapes.
 *
 * @throws what `record` throws
 * @example
 * const { passed, variables } = await checkGradients((a, b) => mul(a, b), [a, b], { of: [0, 1] });
 */
export async function checkGradients<Args extends readonly unknown[]>(
  fn: (...args: Args) => Tensor,
  args: Args,
  options: CheckOptions = {},
): Promise<GradientReport> {
  const { of = 0, oracle } = options;
  const trees = [of].flat().map((at): Leaf => ({ path: `#${at}`, value: args[at] }));
  const tensors = variablesOf("checkGradients", trees);
  const isDouble = tensors.every(({ dtype }) => dtype === "f64");
  const { step = oracle || isDouble ? 1e-5 : 2 ** -6, tolerance = isDouble ? 1e-7 : oracle ? 1e-5 : 1e-2 } = options;
  if (!(step > 0)) throw new InputError("checkGradients", "step", `is ${String(step)}; expected a positive number`);
  const gradients = await gradientsOf(fn as Recordable, args, of, tensors);
  const values = await Promise.all(tensors.map(async (tensor) => Float64Array.from(await tensor.data())));
  const evaluate = oracle ? ofOracle(oracle, values) : ofFunction(fn as Recordable, args, of, tensors, values);
  const differences: Float64Array[] = [];
  for (const [variable, { length }] of values.entries()) {
    const found = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      found[i] = ((await evaluate(variable, i, step)) - (await evaluate(variable, i, -step))) / (2 * step);
    }
    differences.push(found);
  }
  const paths = trees.flatMap(({ path, value }) => leavesOf(value, path)).map(({ path }) => path);
  const overall = Math.max(...differences.map(largest));
  const variables = differences.map((difference, variable) => {
    const scale = Math.max(largest(difference), overall / 1000) || 1;
    return compare(paths[variable] as string, gradients[variable] as Float64Array, difference, scale);
  });
  return { passed: variables.every(({ error }) => error <= tolerance), tolerance, variables };
}

/** Weights of the result's elements: none is zero, no two are alike. */
const weight = (index: number): number => Math.sin(index + 1);

const weighted = (result: ArrayLike<number>): number =>
  Array.from(result).reduce((sum, value, index) => sum + value * weight(index), 0);

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

async function gradientsOf(
  fn: Recordable,
  args: readonly unknown[],
  of: number | readonly number[],
  { length }: readonly Tensor[],
): Promise<Float64Array[]> {
  const recording = new Recording<unknown>("checkGradients", fn, args, of);
  const { engine, shape, dtype, size } = recording.value;
  const weights = Float64Array.from({ length: size }, (_, index) => weight(index));
  const seed = engine.tensor(weights, { shape, dtype: gradientDType(dtype) });
  const gradients = leavesOf(recording.backward(seed), "").map(({ value }) => value as Tensor);
  const values = await Promise.all(
    gradients.slice(0, length).map(async (each) => Float64Array.from(await each.data())),
  );
  for (const tensor of [seed, recording.value, ...gradients]) tensor.dispose();
  return values;
}

function ofOracle(oracle: (...values: Float64Array[]) => ArrayLike<number>, values: readonly Float64Array[]): Evaluate {
  return async (variable, index, by) => {
    const moved = values.map((each, at) => (at === variable ? each.with(index, (each[index] as number) + by) : each));
    return weighted(oracle(...moved));
  };
}

/** The function itself, with one of the variables replaced by a moved copy. */
function ofFunction(
  fn: Recordable,
  args: readonly unknown[],
  of: number | readonly number[],
  tensors: readonly Tensor[],
  values: readonly Float64Array[],
): Evaluate {
  const positions = [of].flat();
  return async (variable, index, by) => {
    const { engine, shape, dtype } = tensors[variable] as Tensor;
    const each = values[variable] as Float64Array;
    const moved = engine.tensor(each.with(index, (each[index] as number) + by), { shape, dtype });
    const replace = (leaf: unknown) => (leaf === tensors[variable] ? moved : leaf);
    const given = args.map((arg, at) => (positions.includes(at) ? mapTree(arg, replace) : arg));
    const result = engine.scope(() => fn(...given));
    const data = await result.data();
    moved.dispose();
    result.dispose();
    return weighted(data);
  };
}

function compare(path: string, gradient: Float64Array, difference: Float64Array, scale: number): VariableReport {
  let [error, index] = [0, 0];
  for (const [i, found] of gradient.entries()) {
    const distance = Math.abs(found - (difference[i] as number)) / scale;
    // A gradient that is no number is as wrong as can be.
    if (!(distance <= error)) [error, index] = [Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance, i];
  }
  return { path, error, index, gradient: gradient[index] ?? 0, difference: difference[index] ?? 0 };
}
