/** Element types: their size, the array that holds their bits, and what arithmetic they take part in. */

export const dtypes = ["f32", "f16", "bf16", "f64", "i32", "u32", "i8", "u8", "e4m3", "e5m2"] as const;
export type DType = (typeof dtypes)[number];

/** The typed array of an element type's stored bits; half and eighth floats are stored as unsigned integers. */
export interface BitsArrays {
  f32: Float32Array;
  f16: Uint16Array;
  bf16: Uint16Array;
  f64: Float64Array;
  i32: Int32Array;
  u32: Uint32Array;
  i8: Int8Array;
  u8: Uint8Array;
  e4m3: Uint8Array;
  e5m2: Uint8Array;
}
export type BitsArray = BitsArrays[DType];

export interface BitsArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): BitsArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): BitsArray;
}

const constructors: Record<DType, BitsArrayConstructor> = {
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i8: Int8Array,
  u8: Uint8Array,
  e4m3: Uint8Array,
  e5m2: Uint8Array,
};

export function bitsArrayOf(dtype: DType): BitsArrayConstructor {
  return constructors[dtype];
}

export function sizeOf(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && (dtypes as readonly string[]).includes(value);
}

/** Floats that are only stored: arithmetic widens them to f32. */
export function isStorageFloat(dtype: DType): dtype is "f16" | "bf16" | "e4m3" | "e5m2" {
  return dtype === "f16" || dtype === "bf16" || dtype === "e4m3" || dtype === "e5m2";
}

export function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f64" || isStorageFloat(dtype);
}

/** The dtype of a float tensor's gradient: its own, but f32 where nothing adds up. */
export function gradientDType(dtype: DType): DType {
  return dtype === "e4m3" || dtype === "e5m2" ? "f32" : dtype;
}
