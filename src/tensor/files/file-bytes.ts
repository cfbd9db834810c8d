/** The bytes of a file whose every claim about itself is checked before it is believed. */
import { InputError } from "../../backends/contract.js";

/** Bytes with the name of the reading function, for error messages; offsets count from the start of the file. */
export class FileBytes {
  readonly length: number;
  readonly #view: DataView;

  /** @throws InputError unless `bytes` is a Uint8Array. */
  constructor(
    readonly op: string,
    readonly bytes: Uint8Array,
  ) {
    if (!(bytes instanceof Uint8Array)) throw new InputError(op, "bytes", `must be a Uint8Array, got ${typeof bytes}`);
    this.length = bytes.byteLength;
    // A detached buffer has no view; it reads as a file of no bytes.
    this.#view = this.length > 0 ? new DataView(bytes.buffer, bytes.byteOffset, this.length) : new DataView(noBytes);
  }

  corrupt(offset: number, problem: string, options?: ErrorOptions): InputError {
    return new InputError(this.op, "bytes", `is not a file that can be read: at offset ${offset} ${problem}`, options);
  }

  /** Throws unless [offset, offset + size) lies in the file. */
  need(offset: number, size: number, what: string): void {
    if (offset + size > this.length) {
      throw this.corrupt(offset, `${what} needs ${size} bytes, ${Math.max(0, this.length - offset)} are left`);
    }
  }

  uint8(offset: number): number {
    return this.#view.getUint8(offset);
  }

  uint16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  uint32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** Rounded to a double, which is exact below 2^53: far above any length that passes `need`. */
  uint64(offset: number): number {
    return this.uint32(offset) + 2 ** 32 * this.uint32(offset + 4);
  }

  /** A copy of [offset, offset + size) in a buffer of its own: aligned for every element type and never shared. */
  copy(offset: number, size: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.bytes.subarray(offset, offset + size));
  }

  /** Text in [offset, offset + size); throws when it is not well-formed. */
  text(offset: number, size: number, encoding: "utf-8" | "latin1"): string {
    const bytes = this.copy(offset, size);
    if (encoding === "latin1") return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw this.corrupt(offset, "the header is not valid UTF-8", { cause });
    }
  }
}

const noBytes = new ArrayBuffer(0);
