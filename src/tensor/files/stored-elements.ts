/**
 * Element types as files store them, and how they become the engine's. Most are kept bit for bit. Booleans become u8;
 * integers of 16 and 64 bits, which the engine has not, become the 32-bit type of the same signedness, when they fit.
 *
 * Typed arrays are taken to be little-endian, as on every host with WebAssembly.
 */
import { type BitsArray, bitsArrayOf, type DType, sizeOf } from "../dtype.js";
import type { FileBytes } from "./file-bytes.js";

export type StoredType = DType | ForeignType;
type ForeignType = "bool" | "i16" | "u16" | "i64" | "u64";

const foreign: Record<ForeignType, { size: number; dtype: DType }> = {
  bool: { size: 1, dtype: "u8" },
  i16: { size: 2, dtype: "i32" },
  u16: { size: 2, dtype: "u32" },
  i64: { size: 8, dtype: "i32" },
  u64: { size: 8, dtype: "u32" },
};

const isForeign = (type: StoredType): type is ForeignType => Object.hasOwn(foreign, type);

/** Bytes per element in the file. */
export function storedSize(type: StoredType): number {
  return isForeign(type) ? foreign[type].size : sizeOf(type);
}

/** The engine's element type for it. */
export function dtypeOf(type: StoredType): DType {
  return isForeign(type) ? foreign[type].dtype : type;
}

export interface StoredElements {
  readonly type: StoredType;
  readonly offset: number;
  /** A multiple of the element size. */
  readonly bytes: number;
  readonly bigEndian?: boolean;
}

/** Copies elements out of a file that is known to be long enough; throws InputError for a value that does not fit. */
export function readElements(file: FileBytes, stored: StoredElements): BitsArray {
  const { type, offset } = stored;
  const bytes = file.copy(offset, stored.bytes);
  if (stored.bigEndian) reverseEach(bytes, storedSize(type));
  if (!isForeign(type)) return new (bitsArrayOf(type))(bytes.buffer);
  switch (type) {
    case "bool":
      return checkedBooleans(file, offset, bytes);
    case "i16":
      return Int32Array.from(new Int16Array(bytes.buffer));
    case "u16":
      return Uint32Array.from(new Uint16Array(bytes.buffer));
    case "i64":
      return narrowed(file, offset, Int32Array, bytes.buffer, (low) => low >> 31);
    case "u64":
      return narrowed(file, offset, Uint32Array, bytes.buffer, () => 0);
    default:
      return type satisfies never;
  }
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; size > 1 && at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

function checkedBooleans(file: FileBytes, offset: number, bytes: Uint8Array): Uint8Array {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong >= 0) throw file.corrupt(offset + wrong, `a boolean is stored as ${bytes[wrong]}, not 0 or 1`);
  return bytes;
}

/** The low words of 64-bit integers, whose high words must be what extends them. */
function narrowed<T extends Int32Array | Uint32Array>(
  file: FileBytes,
  offset: number,
  words: { new (length: number): T; new (buffer: ArrayBuffer): T },
  buffer: ArrayBuffer,
  highWord: (low: number) => number,
): T {
  const halves = new words(buffer);
  const values = new words(halves.length / 2);
  for (let i = 0; i < values.length; i++) {
    const low = halves[2 * i] as number;
    const high = halves[2 * i + 1] as number;
    if (high !== highWord(low)) {
      const value = (BigInt(high) << 32n) + BigInt(low >>> 0);
      throw file.corrupt(offset + 8 * i, `the integer ${value} does not fit the engine's 32 bits`);
    }
    values[i] = low;
  }
  return values;
}
