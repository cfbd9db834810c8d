/** A number as the stored bits of a dtype. */
import { InputError } from "../../backends/contract.js";
import { encodeArray } from "../../tensor/codecs.js";
import { bitsArrayOf, type DType, isFloat, isStorageFloat } from "../../tensor/dtype.js";

const ranges: Partial<Record<DType, readonly [number, number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  i8: [-128, 127],
  u8: [0, 255],
};

/** The least and greatest value of an integer dtype. */
export function integerRange(dtype: DType): readonly [number, number] | undefined {
  return ranges[dtype];
}

/** Eight bytes of copies of the value, as two words; the low bytes of the first are one element. */
export function patternOf(op: string, argument: string, value: unknown, dtype: DType): readonly [number, number] {
  if (typeof value !== "number") throw new InputError(op, argument, `must be a number, got ${typeof value}`);
  const range = integerRange(dtype);
  if (!isFloat(dtype) && range && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
    throw new InputError(op, argument, `is ${value}, which is no ${dtype}`);
  }
  const bytes = new ArrayBuffer(8);
  const elements = new (bitsArrayOf(dtype))(bytes);
  elements.fill(isStorageFloat(dtype) ? (encodeArray(dtype, [value])[0] as number) : value);
  const words = new Int32Array(bytes);
  return [words[0] as number, words[1] as number];
}
