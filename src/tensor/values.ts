/** From what users pass as values to the stored bits of a tensor. */
import { DTypeError, InputError, ShapeError } from "../backends/contract.js";
import { encodeArray } from "./codecs.js";
import { type BitsArray, bitsArrayOf, type DType, isDType, isStorageFloat } from "./dtype.js";
import { checkShape, type Shape, sizeOfShape } from "./shape.js";

export type TensorValues = number | ArrayLike<number> | BitsArray | Uint8ClampedArray;
export type NestedValues = readonly (number | NestedValues)[];

export interface HostValues {
  bits: BitsArray;
  shape: Shape;
  dtype: DType;
}

const dtypeOfArray: readonly [new (length: number) => ArrayLike<number>, DType][] = [
  [Float32Array, "f32"],
  [Float64Array, "f64"],
  [Int32Array, "i32"],
  [Uint32Array, "u32"],
  [Int8Array, "i8"],
  [Uint8Array, "u8"],
  [Uint8ClampedArray, "u8"],
];

const integerRange: Partial<Record<DType, readonly [number, number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  i8: [-128, 127],
  u8: [0, 255],
};

/** An array that contains itself has no end. */
const maxNesting = 64;

/**
 * @throws InputError for values that are no numbers, ragged nesting, or integers out of range;
 *         ShapeError when the count does not fill the shape
 */
export function toHost(
  values: TensorValues | NestedValues,
  shape: Shape | undefined,
  dtype: DType | undefined,
): HostValues {
  if (dtype !== undefined && !isDType(dtype))
    throw new InputError("tensor", "dtype", `is ${String(dtype)}, not a dtype`);
  if (shape !== undefined) checkShape("tensor", "shape", shape);
  const { flat, inferred } = flatten(values);
  const target = shape ?? inferred;
  if (flat.length !== sizeOfShape(target)) {
    throw new ShapeError("tensor", "values", {
      expected: `${sizeOfShape(target)} elements for shape [${target.join(", ")}]`,
      actual: [flat.length],
    });
  }
  const type = dtype ?? dtypeOf(values);
  return { bits: encode(flat, type), shape: [...target], dtype: type };
}

/** Throws InputError for an array whose buffer was transferred away: it would read as empty. */
export function checkAttached(op: string, argument: string, { buffer }: ArrayBufferView): void {
  try {
    new Uint8Array(buffer);
  } catch (cause) {
    throw new InputError(op, argument, "is detached: its buffer was transferred", { cause });
  }
}

function dtypeOf(values: unknown): DType {
  if (!ArrayBuffer.isView(values)) return "f32";
  const found = dtypeOfArray.find(([type]) => values instanceof type);
  if (!found)
    throw new DTypeError("tensor", "values", {
      expected: "one with a dtype of its own, or the option dtype",
      actual: values.constructor.name,
    });
  return found[1];
}

function flatten(values: unknown): { flat: ArrayLike<number>; inferred: number[] } {
  if (typeof values === "number") return { flat: [values], inferred: [] };
  if (ArrayBuffer.isView(values) && !(values instanceof DataView)) {
    checkAttached("tensor", "values", values);
    const flat = values as unknown as ArrayLike<number>;
    if (typeof flat[0] === "bigint")
      throw new InputError("tensor", "values", "holds bigints; dtypes have 32 bits at most, or f64");
    return { flat, inferred: [flat.length] };
  }
  if (!Array.isArray(values))
    throw new InputError(
      "tensor",
      "values",
      `must be a number, an array or a typed array, got ${values === null ? "null" : typeof values}`,
    );
  const inferred: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) {
    inferred.push(level.length);
    if (inferred.length > maxNesting) throw new InputError("tensor", "values", `is nested over ${maxNesting} deep`);
  }
  if (inferred.length === 1) return { flat: checkNumbers(values), inferred };
  const flat: number[] = [];
  collect(values, inferred, 0, flat);
  return { flat, inferred };
}

function collect(level: unknown, extents: readonly number[], depth: number, into: number[]): void {
  if (depth === extents.length) {
    if (typeof level !== "number")
      throw new InputError("tensor", "values", `holds a ${typeof level} where a number is expected`);
    into.push(level);
    return;
  }
  if (!Array.isArray(level) || level.length !== extents[depth]) {
    throw new InputError(
      "tensor",
      "values",
      `is ragged: axis ${depth} has ${extents[depth]} elements in one place and ${Array.isArray(level) ? level.length : "none"} in another`,
    );
  }
  for (const item of level) collect(item, extents, depth + 1, into);
}

function checkNumbers(values: readonly unknown[]): number[] {
  const bad = values.findIndex((value) => typeof value !== "number");
  if (bad >= 0)
    throw new InputError(
      "tensor",
      "values",
      `holds a ${typeof values[bad]} at index ${bad} where a number is expected`,
    );
  return values as number[];
}

function encode(flat: ArrayLike<number>, dtype: DType): BitsArray {
  if (isStorageFloat(dtype)) return encodeArray(dtype, flat) as BitsArray;
  const target = bitsArrayOf(dtype);
  const range = integerRange[dtype];
  if (range && !(flat instanceof target)) {
    for (let i = 0; i < flat.length; i++) {
      const value = flat[i] as number;
      if (!Number.isInteger(value) || value < range[0] || value > range[1]) {
        throw new InputError("tensor", "values", `holds ${value} at index ${i}, which is no ${dtype}`);
      }
    }
  }
  const bits = new target(flat.length);
  bits.set(flat);
  return bits;
}
