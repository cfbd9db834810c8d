/** What the file tests share: golden files, tensors of every kind, and damage. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import { WavefoldError } from "../../../src/backends/contract.js";
import { bitsArrayOf, type DType, sizeOf } from "../../../src/tensor/dtype.js";
import { checkHostTensor, type HostTensor } from "../../../src/tensor/host-tensor.js";
import { sizeOfShape } from "../../../src/tensor/shape.js";

export interface GoldenTensor {
  dtype: DType;
  shape: number[];
  /** base64, as all bytes here. */
  bits: string;
}

export interface Golden {
  written: Record<string, GoldenTensor & { file: string }>;
  readOnly: Record<string, GoldenTensor & { file: string }>;
  refused: Record<string, string>;
  safetensors: {
    file: string;
    empty: string;
    tensors: Record<string, Omit<GoldenTensor, "dtype"> & { dtype: string }>;
  };
}

export const golden: Golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64"));

export function hostTensor(dtype: DType, shape: readonly number[], bytes: Uint8Array<ArrayBuffer>): HostTensor {
  return { dtype, shape, bits: new (bitsArrayOf(dtype))(bytes.slice().buffer) };
}

export const hostTensorOf = ({ dtype, shape, bits }: GoldenTensor): HostTensor =>
  hostTensor(dtype, shape, fromBase64(bits));

/** Equality of bits, NaN patterns and the sign of zero included. */
export function expectSameBits(actual: HostTensor, expected: HostTensor): void {
  expect({ ...actual, bits: bytesOf(actual) }).toEqual({ ...expected, bits: bytesOf(expected) });
  expect(actual.bits).toBeInstanceOf(bitsArrayOf(expected.dtype));
}

const bytesOf = ({ bits }: HostTensor): Uint8Array => new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);

/** Up to five axes, empty ones and none among them, filled with any bits. */
export function anyTensor(dtypes: readonly DType[]): fc.Arbitrary<HostTensor> {
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 });
  return fc.tuple(fc.constantFrom(...dtypes), shape).chain(([dtype, shape]) => {
    const size = sizeOfShape(shape) * sizeOf(dtype);
    return fc
      .uint8Array({ minLength: size, maxLength: size })
      .map((bytes) => hostTensor(dtype, shape, new Uint8Array(bytes)));
  });
}

/** Reads what may be damaged: either sound tensors come out or an error made for people. */
export function expectTensorsOrNamedError(read: () => Iterable<HostTensor>): void {
  let tensors: Iterable<HostTensor>;
  try {
    tensors = read();
  } catch (error) {
    expect(error).toBeInstanceOf(WavefoldError);
    return;
  }
  for (const tensor of tensors) checkHostTensor("test", "tensor", tensor);
}

/** A copy cut short, with bytes changed, put in, or taken out. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: Math.max(0, bytes.length - 1) });
  const splice = (start: number, removed: number, ...inserted: number[]) =>
    Uint8Array.from([...bytes.subarray(0, start), ...inserted, ...bytes.subarray(start + removed)]);
  const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from("0123456789-'\"{}[](),:.eLTF\\ \n")));
  return fc.oneof(
    at.map((end) => bytes.slice(0, end)),
    fc.tuple(at, byte).map(([start, value]) => splice(start, 1, value)),
    fc.tuple(at, byte).map(([start, value]) => splice(start, 0, value)),
    fc.tuple(at, fc.integer({ min: 1, max: 9 })).map(([start, count]) => splice(start, count)),
    fc.tuple(at, fc.nat({ max: 7 })).map(([start, bit]) => splice(start, 1, (bytes[start] ?? 0) ^ (1 << bit))),
  );
}
