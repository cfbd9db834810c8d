/** Values for tests: seeded, and as the storage types hold them. */
import { decodeArray, encodeArray } from "../../src/tensor/codecs.js";
import { type BitsArray, bitsArrayOf, type DType, isStorageFloat } from "../../src/tensor/dtype.js";
import { sizeOfShape } from "../../src/tensor/shape.js";

/** Multiplicative congruential numbers in [0, 1) (Park and Miller 1988): the same everywhere, good enough for test data. */
export function uniform(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (state - 1) / 2147483646;
  };
}

export interface StoredArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly bits: BitsArray;
  /** What the bits mean. */
  readonly values: Float64Array;
}

/** Uniform numbers of [-1, 1), or integers of the range that i8 and u8 share with it scaled by 100, stored as `dtype`. */
export function randomArray(shape: readonly number[], dtype: DType, seed: number): StoredArray {
  const next = uniform(seed);
  const isInteger = dtype === "i8" || dtype === "i32";
  const isCount = dtype === "u8" || dtype === "u32";
  const numbers = Float64Array.from({ length: sizeOfShape(shape) }, () =>
    isInteger ? Math.round(200 * next() - 100) : isCount ? Math.round(200 * next()) : 2 * next() - 1,
  );
  return stored(shape, dtype, numbers);
}

/** The numbers as `dtype` rounds them. */
export function stored(shape: readonly number[], dtype: DType, numbers: ArrayLike<number>): StoredArray {
  if (isStorageFloat(dtype)) {
    const bits = encodeArray(dtype, numbers);
    return { shape, dtype, bits, values: Float64Array.from(decodeArray(dtype, bits)) };
  }
  const bits = new (bitsArrayOf(dtype))(numbers.length);
  for (let i = 0; i < numbers.length; i++) bits[i] = numbers[i] as number;
  return { shape, dtype, bits, values: Float64Array.from(bits) };
}

/** expect(...).toEqual takes seconds for long arrays. */
export function sameBits(a: BitsArray, b: BitsArray): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: BitsArray) => new Uint8Array(buffer, byteOffset, byteLength);
  const other = bytes(b);
  return a.byteLength === b.byteLength && bytes(a).every((byte, i) => byte === other[i]);
}
