/** The JSON header of a safetensors file, checked: what is stored where. */
import { maxElements, sizeOfShape } from "../shape.js";
import type { FileBytes } from "./file-bytes.js";
import { isJsonObject, JsonError, parseJsonObject } from "./json-object.js";
import { type StoredType, storedSize } from "./stored-elements.js";

/** The name that holds the user's strings instead of a tensor. */
export const metadataKey = "__metadata__";

/** The limit of the reference implementation. */
export const maxHeaderBytes = 100_000_000;
export const lengthBytes = 8;

/** The format's name of every type that is read. */
export const storedTypes: ReadonlyMap<string, StoredType> = new Map([
  ["F64", "f64"],
  ["F32", "f32"],
  ["F16", "f16"],
  ["BF16", "bf16"],
  ["F8_E4M3", "e4m3"],
  ["F8_E5M2", "e5m2"],
  ["I64", "i64"],
  ["I32", "i32"],
  ["I16", "i16"],
  ["I8", "i8"],
  ["U64", "u64"],
  ["U32", "u32"],
  ["U16", "u16"],
  ["U8", "u8"],
  ["BOOL", "bool"],
]);

export interface StoredTensor {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Bytes, from the end of the header. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: readonly StoredTensor[];
  readonly metadata: Map<string, string>;
  /** Where the header ends and the data begins. */
  readonly dataOffset: number;
}

/** @throws InputError unless the tensors fill the file to its end without a hole or an overlap. */
export function readHeader(file: FileBytes): SafetensorsHeader {
  file.need(0, lengthBytes, "the header length");
  const length = file.uint64(0);
  if (length > maxHeaderBytes) throw file.corrupt(0, `the header length is ${length}; at most 100 MB is read`);
  file.need(lengthBytes, length, "the header");
  const { [metadataKey]: metadata, ...entries } = parse(file, length);
  const tensors = Object.entries(entries).map(([name, entry]) => tensorOf(file, name, entry));
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  const dataOffset = lengthBytes + length;
  checkLayout(file, tensors, dataOffset);
  return { tensors, metadata: metadataOf(file, metadata), dataOffset };
}

function parse(file: FileBytes, length: number): Readonly<Record<string, unknown>> {
  const text = file.text(lengthBytes, length, "utf-8");
  if (!text.startsWith("{")) throw file.corrupt(lengthBytes, "the header does not begin with {");
  try {
    return parseJsonObject(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw file.corrupt(lengthBytes + utf8Length(text.slice(0, error.index)), `the header ${error.message}`, {
      cause: error,
    });
  }
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

/** Keys that the format does not define are passed over, as the reference implementation does. */
function tensorOf(file: FileBytes, name: string, entry: unknown): StoredTensor {
  const refuse = (problem: string) =>
    file.corrupt(lengthBytes, `in the header tensor ${JSON.stringify(name)} ${problem}`);
  if (!isWellFormed(name)) throw refuse("has a name that is not valid Unicode");
  if (!isJsonObject(entry)) throw refuse("is not an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = typeof dtype === "string" ? storedTypes.get(dtype) : undefined;
  if (!type) {
    throw refuse(`has dtype ${JSON.stringify(dtype)}; read are ${[...storedTypes.keys()].join(", ")}`);
  }
  if (!isListOfSizes(shape)) throw refuse("has a shape that is not a list of non-negative integers");
  const elements = sizeOfShape(shape);
  if (elements > maxElements || shape.some((extent) => extent > maxElements)) {
    throw refuse("has more than 2^32 elements");
  }
  if (!isListOfSizes(offsets) || offsets.length !== 2) throw refuse("has data_offsets that are not two byte positions");
  const [start, end] = offsets as [number, number];
  const bytes = elements * storedSize(type);
  if (end - start !== bytes) {
    throw refuse(`has data_offsets [${start}, ${end}]; ${dtype} of shape [${shape.join(", ")}] needs ${bytes} bytes`);
  }
  return { name, type, shape, start, end };
}

function isListOfSizes(value: unknown): value is number[] {
  // -0 is no size: the grammar of the reference has no sign there.
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0));
}

function checkLayout(file: FileBytes, tensors: readonly StoredTensor[], dataOffset: number): void {
  let filled = 0;
  for (const { name, start, end } of tensors) {
    const what = `tensor ${JSON.stringify(name)}`;
    if (start !== filled) {
      const problem = start > filled ? `leaves a hole of ${start - filled} bytes` : "overlaps the tensor before it";
      throw file.corrupt(dataOffset + filled, `${what}, whose data starts at ${start}, ${problem}`);
    }
    file.need(dataOffset + start, end - start, what);
    filled = end;
  }
  const left = file.length - dataOffset - filled;
  if (left > 0) throw file.corrupt(dataOffset + filled, `${left} bytes belong to no tensor`);
}

function metadataOf(file: FileBytes, metadata: unknown): Map<string, string> {
  if (metadata === undefined) return new Map();
  if (!isJsonObject(metadata)) throw file.corrupt(lengthBytes, `in the header ${metadataKey} is not an object`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string" || !isWellFormed(key) || !isWellFormed(value)) {
      throw file.corrupt(lengthBytes, `in the header ${metadataKey} ${JSON.stringify(key)} is not a valid string`);
    }
  }
  return new Map(Object.entries(metadata as Record<string, string>));
}

/** No half of a surrogate pair stands alone, so the text survives UTF-8. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
