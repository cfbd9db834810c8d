/** Arguments and results: tensors, or arrays and plain objects of them to any depth. */
import { DTypeError, InputError } from "../backends/contract.js";
import type { TensorHost } from "../engine/tensor-host.js";
import { isFloat } from "../tensor/dtype.js";
import { assertTensor, Tensor } from "../tensor/tensor.js";

/** What a function may be differentiated with respect to. The gradient has the same form. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** A value found in a tree, and where: "#0.weights[2]". */
export interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
}

export function leavesOf(value: unknown, path: string): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, `${path}[${index}]`));
  if (isRecord(value)) return Object.entries(value).flatMap(([name, item]) => leavesOf(item, `${path}.${name}`));
  return [{ path, value }];
}

export function tensorsOf(value: unknown, path = "value"): Tensor[] {
  return leavesOf(value, path).flatMap((leaf) => (leaf.value instanceof Tensor ? [leaf.value] : []));
}

/** The same form with other leaves, which `next` is asked for in the order of `leavesOf`. */
export function mapTree(value: unknown, next: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapTree(item, next));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTree(item, next)]));
  return next(value);
}

/**
 * The tensors of arguments to differentiate with respect to.
 * @throws InputError, DTypeError, DisposedError naming the place
 */
export function variablesOf(op: string, trees: readonly Leaf[]): Tensor[] {
  const places = new Map<Tensor, string>();
  for (const { path, value } of trees.flatMap((tree) => leavesOf(tree.value, tree.path))) {
    assertTensor(op, path, value);
    if (!isFloat(value.dtype)) throw new DTypeError(op, path, { expected: "a float", actual: value.dtype });
    const earlier = places.get(value);
    if (earlier) throw new InputError(op, path, `is the same tensor as ${earlier}; hand over an alias() of it`);
    places.set(value, path);
  }
  return [...places.keys()];
}

/** The engine of all tensors in a function's arguments. @throws InputError for tensors of two engines, or for none */
export function engineOf(op: string, args: readonly unknown[]): TensorHost {
  let engine: TensorHost | undefined;
  for (const { path, value } of args.flatMap((arg, index) => leavesOf(arg, `#${index}`))) {
    if (!(value instanceof Tensor)) continue;
    engine ??= value.engine;
    if (value.engine !== engine) throw new InputError(op, path, "belongs to another engine");
  }
  if (!engine) throw new InputError(op, "#0", "must be a Tensor, or an array or plain object of tensors");
  return engine;
}
