/**
 * Tables of intersection numbers as files: a header, one record per row, one at the end, each with its own checksum, so that
 * a file whose writer was stopped keeps every row that was finished. All numbers are little-endian.
 *
 *   header   "WFPSI" 1 13 10, u32 chiMax, u32 kind (0 exact, 1 logarithms), u32 words, u32 CRC-32 of what came before
 *   record   u32 g, u32 n, u32 count, u32 payload bytes; payload: the values, then the entries d; u32 CRC-32 of the record
 *   end      u32 2^32-1, u32 2^32-1, u32 rows, u32 0; u32 CRC-32
 */
import { InputError } from "../../backends/contract.js";
import { crc32 } from "./crc32.js";
import { type PsiRow, type PsiValues, psiTableSize } from "./table.js";

const magic = Uint8Array.of(0x57, 0x46, 0x50, 0x53, 0x49, 1, 13, 10);
const headerBytes = 24;
const recordHead = 16;
const endMark = 0xffffffff;

export interface PsiFile {
  readonly chiMax: number;
  readonly values: PsiValues;
  readonly rows: readonly PsiRow[];
  /** False when the file ends before its last record. */
  readonly complete: boolean;
  /** Bytes up to the end of the last whole record: where a writer goes on. */
  readonly intactBytes: number;
}

/** The first bytes of a file. */
export function psiFileHeader(chiMax: number, values: PsiValues): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes);
  bytes.set(magic);
  const words = values === "exact" ? psiTableSize({ chiMax, values }).words : 0;
  const view = new DataView(bytes.buffer);
  view.setUint32(8, chiMax, true);
  view.setUint32(12, values === "exact" ? 0 : 1, true);
  view.setUint32(16, words, true);
  view.setUint32(20, crc32(bytes.subarray(0, 20)), true);
  return bytes;
}

/** A row as bytes. */
export function psiFileRecord(row: PsiRow): Uint8Array<ArrayBuffer> {
  const values = row.values === "exact" ? row.scaled : row.logs;
  return record(
    [row.g, row.n, row.count, values.byteLength + row.entries.byteLength],
    [littleEndian(values), row.entries],
  );
}

/** What closes a file of so many rows. */
export function psiFileEnd(rows: number): Uint8Array<ArrayBuffer> {
  return record([endMark, endMark, rows, 0], []);
}

function record(head: readonly number[], payload: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = payload.reduce((sum, part) => sum + part.byteLength, recordHead);
  const bytes = new Uint8Array(length + 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of head.entries()) view.setUint32(4 * i, value, true);
  let at = recordHead;
  for (const part of payload) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  view.setUint32(length, crc32(bytes.subarray(0, length)), true);
  return bytes;
}

/**
 * @param file a whole file, or the beginning of one
 * @throws InputError when it is no such file, or a checksum is wrong before the last record; a torn or damaged tail that
 * nothing follows is only reported, by `complete`
 */
export function readPsiFile(file: Uint8Array): PsiFile {
  const fail = (problem: string) => new InputError("readPsiFile", "file", problem);
  if (!(file instanceof Uint8Array)) throw fail("is not a Uint8Array");
  // A Buffer of Node is one too, but its slice() would share its memory.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || magic.some((byte, i) => bytes[i] !== byte)) {
    throw fail("is not a table of intersection numbers: it does not start with WFPSI");
  }
  if (view.getUint32(20, true) !== crc32(bytes.subarray(0, 20)))
    throw fail("has a damaged header: its checksum is wrong");
  const chiMax = view.getUint32(8, true);
  const values: PsiValues = view.getUint32(12, true) === 0 ? "exact" : "log";
  const words = view.getUint32(16, true);
  const rows: PsiRow[] = [];
  let at = headerBytes;
  let complete = false;
  while (at + recordHead + 4 <= bytes.length && !complete) {
    const [g, n, count, payload] = [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, true)) as [
      number,
      number,
      number,
      number,
    ];
    const end = at + recordHead + payload;
    if (end + 4 > bytes.length) break;
    if (view.getUint32(end, true) !== crc32(bytes.subarray(at, end))) {
      if (end + 4 === bytes.length) break;
      throw fail(`is damaged: the checksum of record ${rows.length} at byte ${at} is wrong`);
    }
    if (g === endMark) {
      if (count !== rows.length) throw fail(`has ${rows.length} rows, but its end says ${count}`);
      complete = true;
    } else rows.push(rowOf({ g, n, count, values, words }, bytes.slice(at + recordHead, end), fail));
    at = end + 4;
  }
  if (complete && at !== bytes.length) throw fail(`goes on after its end, at byte ${at}`);
  return { chiMax, values, rows, complete, intactBytes: at };
}

function rowOf(
  head: { g: number; n: number; count: number; values: PsiValues; words: number },
  payload: Uint8Array<ArrayBuffer>,
  fail: (problem: string) => InputError,
): PsiRow {
  const { count, n, values, words } = head;
  const valueBytes = count * (values === "exact" ? 4 * words : 8);
  if (payload.length !== valueBytes + count * n) throw fail(`has a row (${head.g}, ${n}) of ${payload.length} bytes`);
  const numbers = fromLittleEndian(payload.slice(0, valueBytes), values === "exact" ? 4 : 8);
  const scaled = values === "exact" ? new Uint32Array(numbers) : new Uint32Array(0);
  const wordSums = new Array<bigint>(words).fill(0n);
  for (let w = 0; w < words; w++) {
    // Sums of fewer than 2^21 words are exact doubles; a row may have more numbers.
    for (let from = 0; from < count; from += 2 ** 20) {
      let sum = 0;
      for (let i = from; i < Math.min(count, from + 2 ** 20); i++) sum += scaled[i * words + w] as number;
      wordSums[w] = (wordSums[w] as bigint) + BigInt(sum);
    }
  }
  return {
    ...head,
    scaled,
    logs: values === "log" ? new Float64Array(numbers) : new Float64Array(0),
    entries: payload.slice(valueBytes),
    wordSums,
  };
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndian(values: Uint32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return isLittleEndian ? bytes : swapped(bytes.slice(), values.BYTES_PER_ELEMENT);
}

function fromLittleEndian(bytes: Uint8Array<ArrayBuffer>, size: number): ArrayBuffer {
  return (isLittleEndian ? bytes : swapped(bytes, size)).buffer;
}

function swapped(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}
