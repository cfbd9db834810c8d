/**
 * NumPy's .npy files, versions 1.0, 2.0 and 3.0, as numpy.lib.format describes them:
 *
 *   \x93NUMPY | major minor | header length, 2 or 4 bytes | Python dictionary, spaces, newline | elements
 *
 * Neither records, strings, complex numbers nor pickled objects are read.
 */
import { UnsupportedError } from "../../backends/contract.js";
import type { DType } from "../dtype.js";
import { checkHostTensor, type HostTensor } from "../host-tensor.js";
import { maxElements, type Shape, sizeOfShape } from "../shape.js";
import { fromColumnMajor } from "./column-major.js";
import { FileBytes } from "./file-bytes.js";
import { type PythonEntry, PythonSyntaxError, parsePythonDict } from "./python-dict.js";
import { dtypeOf, readElements, type StoredType, storedSize } from "./stored-elements.js";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** No header of a plain array comes near it; beyond it a length is a lie. */
const maxHeaderBytes = 1 << 16;

/** NumPy's kind letter and size of every type that is read. */
const storedTypes: ReadonlyMap<string, StoredType> = new Map([
  ["f2", "f16"],
  ["f4", "f32"],
  ["f8", "f64"],
  ["b1", "bool"],
  ["i1", "i8"],
  ["i2", "i16"],
  ["i4", "i32"],
  ["i8", "i64"],
  ["u1", "u8"],
  ["u2", "u16"],
  ["u4", "u32"],
  ["u8", "u64"],
]);

interface NpyHeader {
  readonly type: StoredType;
  readonly bigEndian: boolean;
  readonly columnMajor: boolean;
  readonly shape: Shape;
}

/**
 * Reads one array; the result owns its bits. Booleans become u8; integers of 16 and 64 bits become i32 and u32;
 * big-endian and column-major files are brought into the engine's order.
 * @throws InputError when the file is damaged, has bytes left over, holds another type, or an integer that does not fit.
 */
export function readNpy(bytes: Uint8Array): HostTensor {
  const file = new FileBytes("readNpy", bytes);
  const { start, text } = headerOf(file);
  const { type, bigEndian, columnMajor, shape } = parseHeader(file, start, text);
  const offset = start + text.length;
  const size = sizeOfShape(shape) * storedSize(type);
  file.need(offset, size, `an array of shape [${shape.join(", ")}]`);
  if (offset + size < file.length) {
    throw file.corrupt(offset + size, `${file.length - offset - size} bytes follow the last element`);
  }
  const bits = readElements(file, { type, offset, bytes: size, bigEndian });
  return { shape, dtype: dtypeOf(type), bits: columnMajor ? fromColumnMajor(bits, shape) : bits };
}

/** The header's text, one character per byte, and where it starts. */
function headerOf(file: FileBytes): { start: number; text: string } {
  file.need(0, 8, "the magic string");
  const wrong = magic.findIndex((byte, at) => file.uint8(at) !== byte);
  if (wrong >= 0) throw file.corrupt(wrong, "the magic string \\x93NUMPY is broken");
  const major = file.uint8(6);
  const minor = file.uint8(7);
  if (major < 1 || major > 3 || minor !== 0) {
    throw file.corrupt(6, `the version is ${major}.${minor}; 1.0, 2.0 and 3.0 are read`);
  }
  const lengthBytes = major === 1 ? 2 : 4;
  file.need(8, lengthBytes, "the header length");
  const length = major === 1 ? file.uint16(8) : file.uint32(8);
  const start = 8 + lengthBytes;
  file.need(start, length, "the header");
  if (length > maxHeaderBytes)
    throw file.corrupt(8, `the header length is ${length}; at most ${maxHeaderBytes} is read`);
  // Version 3.0 allows UTF-8 for the field names of records, which are not read: what remains is ASCII.
  return { start, text: file.text(start, length, "latin1") };
}

function parseHeader(file: FileBytes, start: number, text: string): NpyHeader {
  if (!text.endsWith("\n")) throw file.corrupt(start + text.length, "the header does not end with a newline");
  let entries: Map<string, PythonEntry>;
  try {
    entries = parsePythonDict(text);
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error;
    throw file.corrupt(start + error.index, `the header is malformed: ${error.message}`, { cause: error });
  }
  const entry = (key: string): PythonEntry => {
    const found = entries.get(key);
    if (!found) throw file.corrupt(start, `the header has no '${key}'`);
    return found;
  };
  const refuse = (key: string, problem: string) => file.corrupt(start + entry(key).index, `'${key}' ${problem}`);

  const descr = entry("descr").value;
  const columnMajor = entry("fortran_order").value;
  const shape = entry("shape").value;
  if (entries.size !== 3) {
    throw file.corrupt(start, `the header has the keys ${[...entries.keys()].join(", ")}; three are expected`);
  }
  if (typeof descr !== "string") throw refuse("descr", "is not a string");
  if (typeof columnMajor !== "boolean") throw refuse("fortran_order", "is neither True nor False");
  if (typeof shape !== "object") throw refuse("shape", "is not a tuple");
  const [order, type] = [descr.slice(0, 1), storedTypes.get(descr.slice(1))];
  if (!type || !(order === "<" || order === ">" || (order === "|" && storedSize(type) === 1))) {
    throw refuse("descr", `is '${descr}'; read are ${[...storedTypes.keys()].join(", ")} after '<', '>' or '|'`);
  }
  const extent = shape.find((extent) => extent < 0 || extent > maxElements);
  if (extent !== undefined) throw refuse("shape", `has the extent ${extent}`);
  if (sizeOfShape(shape) > maxElements) throw refuse("shape", "has more than 2^32 elements");
  return { type, bigEndian: order === ">", columnMajor, shape };
}

const descriptions: Readonly<Partial<Record<DType, string>>> = {
  f16: "<f2",
  f32: "<f4",
  f64: "<f8",
  i8: "|i1",
  i32: "<i4",
  u8: "|u1",
  u32: "<u4",
};

/** NumPy leaves room for the first extent to grow to this many digits. */
const growthDigits = 21;
const headerAlignment = 64;

/**
 * A version 1.0 file, byte for byte what numpy.save writes (NumPy 1.26 to 2.4).
 * @throws UnsupportedError for bf16, e4m3 and e5m2, which NumPy has not: write those with writeSafetensors, or convert.
 * @throws InputError, ShapeError when dtype, shape and bits do not belong together.
 */
export function writeNpy(tensor: HostTensor): Uint8Array<ArrayBuffer> {
  const op = "writeNpy";
  checkHostTensor(op, "tensor", tensor);
  const { shape, dtype, bits } = tensor;
  const description = descriptions[dtype];
  if (!description) {
    throw new UnsupportedError(op, `NumPy has no ${dtype}; convert to f32, or keep ${dtype} with writeSafetensors`);
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${description}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const growth = shape.length > 0 ? " ".repeat(growthDigits - String(shape[0]).length) : "";
  const prefixBytes = 10;
  const unpadded = prefixBytes + dictionary.length + growth.length + 1;
  const header = `${dictionary}${growth}${" ".repeat(headerAlignment - (unpadded % headerAlignment))}\n`;
  if (header.length >= 2 ** 16) throw new UnsupportedError(op, `${shape.length} axes need a header over 64 KiB`);
  const offset = prefixBytes + header.length;
  const bytes = new Uint8Array(offset + bits.byteLength);
  bytes.set([...magic, 1, 0, header.length & 0xff, header.length >>> 8]);
  bytes.set(new TextEncoder().encode(header), prefixBytes);
  bytes.set(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), offset);
  return bytes;
}
