/** Every operation by name, and calls of them written on a command line. */
import type { AnySpec } from "../engine/placement.js";
import * as core from "../index.js";
import * as lmul from "../systems/l-mul/index.js";
import { dtypes, isDType } from "../tensor/dtype.js";
import { UsageError } from "./failure.js";

export interface NamedOperation {
  (...args: readonly unknown[]): unknown;
  readonly spec: AnySpec;
}

export function operationsByName(): ReadonlyMap<string, NamedOperation> {
  const exported = [...Object.values(core), ...Object.values(lmul)] as unknown[];
  const operations = exported.filter(
    (value): value is NamedOperation => typeof value === "function" && "spec" in value,
  );
  return new Map(operations.map((operation) => [operation.spec.name, operation]));
}

export function operationNamed(name: string): NamedOperation {
  const all = operationsByName();
  const found = all.get(name);
  if (found) return found;
  throw new UsageError(`no operation ${name}; there are ${[...all.keys()].sort().join(", ")}`);
}

export interface TensorArgument {
  readonly shape: readonly number[];
  readonly dtype: (typeof dtypes)[number];
}

export type Argument =
  | { readonly tensors: readonly TensorArgument[]; readonly list: boolean }
  | { readonly value: unknown };

/**
 * `64x64` is an f32 tensor of zeros, `64x64:f16` one of that dtype, `64,64` a list of tensors, `=0.5` or `={"causal":true}`
 * a value in JSON, `=name` a string.
 */
export function parseArgument(text: string): Argument {
  if (text.startsWith("=")) return { value: parseValue(text.slice(1)) };
  const parts = text.split(",");
  return { tensors: parts.map(parseTensor), list: parts.length > 1 };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseTensor(text: string): TensorArgument {
  const [extents = "", dtype = "f32", ...rest] = text.split(":");
  if (!/^\d+(x\d+)*$/.test(extents) || rest.length > 0) {
    throw new UsageError(`${text}: expected a shape such as 64x64, 64x64:f16, or =VALUE`);
  }
  if (!isDType(dtype)) throw new UsageError(`${text}: no dtype ${dtype}; there are ${dtypes.join(", ")}`);
  return { shape: extents.split("x").map(Number), dtype };
}
