/** A tensor as plain data, outside any engine: what files are read into and written from. */
import { InputError, ShapeError } from "../backends/contract.js";
import { type BitsArray, bitsArrayOf, type DType, dtypes, isDType } from "./dtype.js";
import { checkShape, type Shape, sizeOfShape } from "./shape.js";

export interface HostTensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Row-major stored bits: f16 and bf16 as Uint16Array, e4m3 and e5m2 as Uint8Array. */
  readonly bits: BitsArray;
}

/** Throws InputError or ShapeError unless dtype, shape and bits belong together. */
export function checkHostTensor(op: string, argument: string, tensor: HostTensor): void {
  if (typeof tensor !== "object" || tensor === null) {
    throw new InputError(op, argument, `must be { shape, dtype, bits }, got ${String(tensor)}`);
  }
  const { shape, dtype, bits } = tensor;
  if (!isDType(dtype)) {
    throw new InputError(op, argument, `has dtype ${String(dtype)}; the dtypes are ${dtypes.join(", ")}`);
  }
  checkShape(op, argument, shape);
  const array = bitsArrayOf(dtype);
  if (!(bits instanceof array)) {
    throw new InputError(op, argument, `stores its bits in ${nameOf(bits)}; ${dtype} needs ${array.name}`);
  }
  if (bits.length !== sizeOfShape(shape)) {
    throw new ShapeError(op, argument, { expected: `one of ${bits.length} elements, as bits has`, actual: shape });
  }
}

function nameOf(value: unknown): string {
  return typeof value === "object" && value !== null ? value.constructor.name : typeof value;
}
