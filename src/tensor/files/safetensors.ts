/**
 * Safetensors files (Hugging Face, format of 2022; reference: the Rust crate `safetensors`):
 *
 *   header length, 8 bytes | JSON { name: { dtype, shape, data_offsets } } , spaces | the tensors' bytes, no gaps
 *
 * Everything is little-endian and row-major.
 */
import { InputError } from "../../backends/contract.js";
import type { DType } from "../dtype.js";
import { checkHostTensor, type HostTensor } from "../host-tensor.js";
import { FileBytes } from "./file-bytes.js";
import {
  isWellFormed,
  lengthBytes,
  maxHeaderBytes,
  metadataKey,
  readHeader,
  storedTypes,
} from "./safetensors-header.js";
import { dtypeOf, readElements } from "./stored-elements.js";

export interface SafetensorsFile {
  /** In the order of the file; each owns its bits. */
  readonly tensors: Map<string, HostTensor>;
  /** The strings under `__metadata__`; empty when there are none. */
  readonly metadata: Map<string, string>;
}

/**
 * Reads every tensor. BOOL becomes u8; I16 and I64 become i32, U16 and U64 become u32.
 * @throws InputError when the file is damaged, has holes or bytes left over, holds another dtype, or an integer that
 *   does not fit.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const file = new FileBytes("readSafetensors", bytes);
  const { tensors, metadata, dataOffset } = readHeader(file);
  const read = ({ type, shape, start, end }: (typeof tensors)[number]): HostTensor => {
    const bits = readElements(file, { type, offset: dataOffset + start, bytes: end - start });
    return { shape, dtype: dtypeOf(type), bits };
  };
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, read(tensor)])), metadata };
}

/** The order in which the reference writes dtypes, so that every tensor lies aligned. */
const writingOrder: readonly DType[] = ["f64", "f32", "u32", "i32", "bf16", "f16", "e4m3", "e5m2", "i8", "u8"];

const formatNames = new Map([...storedTypes].map(([name, type]) => [type, name]));

/**
 * One file of all tensors, byte for byte what the reference writes: sorted by dtype, then name; the header padded with
 * spaces to a multiple of 8 bytes. Metadata is sorted by key.
 * @throws InputError, ShapeError for a tensor whose dtype, shape and bits do not belong together, or for a name or a
 *   string that UTF-8 cannot hold.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  checkTensors(tensors);
  checkMetadata(metadata);
  const sorted = [...tensors].sort(
    ([aName, a], [bName, b]) =>
      writingOrder.indexOf(a.dtype) - writingOrder.indexOf(b.dtype) || compareCodePoints(aName, bName),
  );
  const header = encodeHeader(sorted, metadata);
  const size = sorted.reduce((sum, [, { bits }]) => sum + bits.byteLength, 0);
  const bytes = new Uint8Array(lengthBytes + header.length + size);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, lengthBytes);
  let offset = lengthBytes + header.length;
  for (const [, { bits }] of sorted) {
    bytes.set(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), offset);
    offset += bits.byteLength;
  }
  return bytes;
}

function checkTensors(tensors: ReadonlyMap<string, HostTensor>): void {
  const op = "writeSafetensors";
  if (!(tensors instanceof Map))
    throw new InputError(op, "tensors", "must be a Map from names to { shape, dtype, bits }");
  for (const [name, tensor] of tensors) {
    if (typeof name !== "string" || !isWellFormed(name) || name === metadataKey) {
      throw new InputError(op, "tensors", `has ${JSON.stringify(name)}, which cannot be a tensor's name`);
    }
    checkHostTensor(op, `tensors[${JSON.stringify(name)}]`, tensor);
  }
}

function checkMetadata(metadata: ReadonlyMap<string, string>): void {
  const op = "writeSafetensors";
  if (!(metadata instanceof Map)) throw new InputError(op, "metadata", "must be a Map from strings to strings");
  for (const text of [...metadata].flat()) {
    if (typeof text !== "string" || !isWellFormed(text)) {
      throw new InputError(op, "metadata", `has ${JSON.stringify(text)}, which is not a string of valid Unicode`);
    }
  }
}

function encodeHeader(sorted: [string, HostTensor][], metadata: ReadonlyMap<string, string>): Uint8Array {
  // Written member by member: an object would move keys that look like integers to the front.
  const members: string[] = [];
  if (metadata.size > 0) {
    const strings = [...metadata].sort(([a], [b]) => compareCodePoints(a, b));
    const pairs = strings.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    members.push(`"${metadataKey}":{${pairs.join(",")}}`);
  }
  let offset = 0;
  for (const [name, { dtype, shape, bits }] of sorted) {
    const entry = { dtype: formatNames.get(dtype), shape, data_offsets: [offset, offset + bits.byteLength] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset += bits.byteLength;
  }
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const header = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text);
  if (header.length > maxHeaderBytes) {
    throw new InputError(
      "writeSafetensors",
      "tensors",
      `needs a header of ${header.length} bytes; the limit is 100 MB`,
    );
  }
  return header;
}

/** The order of the UTF-8 bytes; plain comparison of strings would put surrogate pairs before U+E000. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) as number) - (right[i]?.codePointAt(0) as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
