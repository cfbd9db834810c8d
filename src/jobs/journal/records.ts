/**
 * The journal's format. A record is a line that a person can read:
 *
 *   0000002a 3f79bb7b435b0532 {"about":"result", ...}\n
 *   |        |                `- canonical JSON
 *   |        `------------------ first 16 digits of the SHA-256 of the JSON's bytes
 *   `--------------------------- bytes of the JSON, hexadecimal
 */
import { sha256 } from "../sha256.js";

const headBytes = 8 + 1 + 16 + 1;
const lineEnd = 10;

export function encodeRecord(json: string): Uint8Array {
  const body = new TextEncoder().encode(json);
  const head = `${body.length.toString(16).padStart(8, "0")} ${sha256(body).slice(0, 16)} `;
  const record = new Uint8Array(headBytes + body.length + 1);
  record.set(new TextEncoder().encode(head));
  record.set(body, headBytes);
  record[record.length - 1] = lineEnd;
  return record;
}

export interface Records {
  readonly records: readonly string[];
  /** Bytes up to the end of the last whole record. */
  readonly wholeBytes: number;
  /** Where a record stands that is damaged and has whole ones after it: not the trace of a crash. */
  readonly damagedAt: number | undefined;
}

/** All whole records from the start. What follows the last one was being written when the process or the machine died. */
export function decodeRecords(bytes: Uint8Array): Records {
  const records: string[] = [];
  let offset = 0;
  for (;;) {
    const record = recordAt(bytes, offset);
    if (!record) break;
    records.push(record.json);
    offset = record.end;
  }
  return { records, wholeBytes: offset, damagedAt: hasRecordAfter(bytes, offset) ? offset : undefined };
}

function recordAt(bytes: Uint8Array, offset: number): { json: string; end: number } | undefined {
  const head = /^([0-9a-f]{8}) ([0-9a-f]{16}) $/.exec(
    String.fromCharCode(...bytes.subarray(offset, offset + headBytes)),
  );
  if (!head) return undefined;
  const start = offset + headBytes;
  const end = start + Number.parseInt(head[1] as string, 16);
  if (bytes[end] !== lineEnd) return undefined;
  const body = bytes.subarray(start, end);
  if (sha256(body).slice(0, 16) !== head[2]) return undefined;
  return { json: new TextDecoder().decode(body), end: end + 1 };
}

function hasRecordAfter(bytes: Uint8Array, offset: number): boolean {
  for (let at = bytes.indexOf(lineEnd, offset); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) {
    if (recordAt(bytes, at + 1)) return true;
  }
  return false;
}
