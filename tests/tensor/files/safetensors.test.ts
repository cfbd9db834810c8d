import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../../src/backends/contract.js";
import { dtypes } from "../../../src/tensor/dtype.js";
import { readSafetensors, writeSafetensors } from "../../../src/tensor/files/safetensors.js";
import type { HostTensor } from "../../../src/tensor/host-tensor.js";
import {
  anyTensor,
  damaged,
  expectSameBits,
  expectTensorsOrNamedError,
  fromBase64,
  golden,
  hostTensor,
} from "./cases.js";

/** A file with this header, given as text or as what JSON.stringify makes of it, and these bytes of data. */
function safetensors(header: unknown, data: readonly number[] = []): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return Uint8Array.from([...length, ...text, ...data]);
}

const u8 = (shape: unknown, ...offsets: unknown[]) => ({ dtype: "U8", shape, data_offsets: offsets });

const referenceDTypes = {
  float64: "f64",
  float32: "f32",
  uint32: "u32",
  int32: "i32",
  bfloat16: "bf16",
  float16: "f16",
  float8_e4m3fn: "e4m3",
  float8_e5m2: "e5m2",
  int8: "i8",
  uint8: "u8",
} as const;

describe("files that the reference wrote", () => {
  const tensors = new Map<string, HostTensor>();
  for (const [name, { dtype, shape, bits }] of Object.entries(golden.safetensors.tensors)) {
    tensors.set(name, hostTensor(referenceDTypes[dtype as keyof typeof referenceDTypes], shape, fromBase64(bits)));
  }
  const metadata = new Map([["writer", "a \u0001 reference"]]);

  test("are read", () => {
    const file = readSafetensors(fromBase64(golden.safetensors.file));
    expect(file.metadata).toEqual(metadata);
    expect(new Set(file.tensors.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, tensor] of tensors) expectSameBits(file.tensors.get(name) as HostTensor, tensor);
  });

  test("are written byte for byte", () => {
    expect(writeSafetensors(tensors, metadata)).toEqual(fromBase64(golden.safetensors.file));
    expect(writeSafetensors(new Map())).toEqual(fromBase64(golden.safetensors.empty));
  });

  test("give tensors or a named error for any damage", () => {
    const bytes = fromBase64(golden.safetensors.file);
    const property = fc.property(damaged(bytes), (bytes) =>
      expectTensorsOrNamedError(() => readSafetensors(bytes).tensors.values()),
    );
    fc.assert(property, { numRuns: 4000 });
  });
});

describe("reading", () => {
  test("gives tensors in the order of their bytes, whatever the order of the header", () => {
    const { tensors } = readSafetensors(safetensors({ b: u8([1], 1, 2), e: u8([0], 1, 1), a: u8([], 0, 1) }, [7, 8]));
    expect([...tensors]).toEqual([
      ["a", { dtype: "u8", shape: [], bits: Uint8Array.of(7) }],
      ["e", { dtype: "u8", shape: [0], bits: new Uint8Array() }],
      ["b", { dtype: "u8", shape: [1], bits: Uint8Array.of(8) }],
    ]);
  });

  test("copies tensors to where they are aligned", () => {
    const header = { a: u8([1], 0, 1), b: { dtype: "F64", shape: [1], data_offsets: [1, 9] } };
    const bytes = safetensors(header, [1, ...new Uint8Array(Float64Array.of(Math.PI).buffer)]);
    expect(readSafetensors(bytes).tensors.get("b")?.bits).toEqual(Float64Array.of(Math.PI));
  });

  test.each([
    ["BOOL", "u8", Uint8Array.of(1, 0), Uint8Array.of(1, 0)],
    ["I16", "i32", Int16Array.of(-5, 5), Int32Array.of(-5, 5)],
    ["U16", "u32", Uint16Array.of(65535, 5), Uint32Array.of(65535, 5)],
    ["I64", "i32", BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n), Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    ["U64", "u32", BigUint64Array.of(2n ** 32n - 1n, 0n), Uint32Array.of(2 ** 32 - 1, 0)],
  ])("reads %s as %s", (stored, dtype, data, bits) => {
    const header = { a: { dtype: stored, shape: [2], data_offsets: [0, data.byteLength] } };
    const { tensors } = readSafetensors(safetensors(header, [...new Uint8Array(data.buffer)]));
    expect(tensors.get("a")).toEqual({ dtype, shape: [2], bits });
  });

  test("takes names that JavaScript treats apart, escapes, padding and keys it does not know", () => {
    const header = `{"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1],"note":{"dtype":1}},"\\u0061\\n":${JSON.stringify(u8([], 1, 2))}}   `;
    expect([...readSafetensors(safetensors(header, [1, 2])).tensors.keys()]).toEqual(["__proto__", "a\n"]);
  });

  const i64 = { a: { dtype: "I64", shape: [1], data_offsets: [0, 8] } };
  const lyingLength = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7b);
  const oversized = Uint8Array.of(0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0, 0x7b);
  test.each<[string, unknown, string]>([
    [
      "no bytes",
      new Uint8Array(),
      "argument bytes is not a file that can be read: at offset 0 the header length needs 8",
    ],
    ["a string", "{}", "argument bytes must be a Uint8Array, got string"],
    ["a length of 2^64 - 1", lyingLength, "at offset 0 the header length is 18446744073709552000"],
    ["a length above 100 MB", oversized, "at offset 0 the header length is 100000001"],
    ["a header that is cut", safetensors({}).subarray(0, 9), "at offset 8 the header needs 2 bytes, 1 are left"],
    ["no header", safetensors(""), "at offset 8 the header does not begin with {"],
    ["a header after a space", safetensors(" {}"), "the header does not begin with {"],
    ["a header after a byte order mark", safetensors("\ufeff{}"), "the header does not begin with {"],
    [
      "a header that is not UTF-8",
      safetensors({ a: 0 }).fill(0xff, 10, 11),
      "at offset 8 the header is not valid UTF-8",
    ],
    ["a header that is not JSON", safetensors("{]"), "the header is not JSON"],
    ["a header nested too deep", safetensors(`{"a":${"[".repeat(1e6)}`), "the header is not JSON"],
    [
      "a tensor twice",
      safetensors(`{"a":${JSON.stringify(u8([0], 0, 0))},"\\u0061":0}`),
      'at offset 61 the header has the key "\\u0061" twice',
    ],
    ["a field twice", safetensors('{"a":{"dtype":"U8","dtype":"U8"}}'), 'the header has the key "dtype" twice'],
    ["a metadata key twice", safetensors('{"__metadata__":{"a":"","a":""}}'), 'the header has the key "a" twice'],
    ["a tensor that is no object", safetensors({ a: [] }), 'tensor "a" is not an object'],
    ["a tensor without shape", safetensors({ a: { dtype: "U8" } }), 'tensor "a" has a shape that is not a list'],
    [
      "an unknown dtype",
      safetensors({ a: { ...u8([0], 0, 0), dtype: "C64" } }),
      'tensor "a" has dtype "C64"; read are F64,',
    ],
    ["a dtype that is no string", safetensors({ a: { dtype: 1 } }), 'tensor "a" has dtype 1; read are'],
    [
      "a negative extent",
      safetensors({ a: u8([-1], 0, 0) }),
      'tensor "a" has a shape that is not a list of non-negative',
    ],
    [
      "an extent of minus zero",
      safetensors('{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}'),
      "has a shape that",
    ],
    ["an extent that is no integer", safetensors({ a: u8([1.5], 0, 0) }), 'tensor "a" has a shape that is not'],
    ["an extent above 2^53", safetensors({ a: u8([2 ** 53], 0, 0) }), 'tensor "a" has a shape that is not'],
    ["a product that overflows", safetensors({ a: u8([2 ** 32, 2 ** 32, 2 ** 32], 0, 0) }), "more than 2^32 elements"],
    ["an empty tensor of absurd extent", safetensors({ a: u8([2 ** 40, 0], 0, 0) }), "more than 2^32 elements"],
    [
      "offsets that are one number",
      safetensors({ a: u8([1], 0) }, [1]),
      "data_offsets that are not two byte positions",
    ],
    ["offsets that are no integers", safetensors({ a: u8([1], "0", "1") }, [1]), "data_offsets that are not two"],
    [
      "offsets that go backwards",
      safetensors({ a: u8([1], 1, 0) }, [1]),
      "has data_offsets [1, 0]; U8 of shape [1] needs 1",
    ],
    ["offsets that do not fit the shape", safetensors({ a: u8([2], 0, 1) }, [1]), "U8 of shape [2] needs 2 bytes"],
    ["data that is cut", safetensors({ a: u8([2], 0, 2) }, [1]), 'tensor "a" needs 2 bytes, 1 are left'],
    ["a lie of 4 GiB", safetensors({ a: u8([2 ** 32], 0, 2 ** 32) }), 'tensor "a" needs 4294967296 bytes, 0 are left'],
    ["data left over", safetensors({ a: u8([1], 0, 1) }, [1, 2]), "at offset 62 1 bytes belong to no tensor"],
    ["a hole at the start", safetensors({ a: u8([1], 1, 2) }, [1, 2]), "leaves a hole of 1 bytes"],
    [
      "a hole in the middle",
      safetensors({ a: u8([1], 0, 1), b: u8([1], 3, 4) }, [1, 2, 3, 4]),
      "leaves a hole of 2 bytes",
    ],
    ["an overlap", safetensors({ a: u8([2], 0, 2), b: u8([2], 1, 3) }, [1, 2, 3]), "overlaps the tensor before it"],
    ["two tensors on the same bytes", safetensors({ a: u8([1], 0, 1), b: u8([1], 0, 1) }, [1]), "overlaps the tensor"],
    ["an integer that does not fit", safetensors(i64, [0, 0, 0, 0, 1, 0, 0, 0]), "the integer 4294967296 does not fit"],
    [
      "a negative integer that does not fit",
      safetensors(i64, [255, 255, 255, 127, 255, 255, 255, 255]),
      "the integer -2147483649 does not fit",
    ],
    ["metadata that is no object", safetensors({ __metadata__: "x" }), "__metadata__ is not an object"],
    ["metadata that is no string", safetensors({ __metadata__: { a: 1 } }), '__metadata__ "a" is not a valid string'],
    ["half a surrogate pair", safetensors(`{"\\ud800":${JSON.stringify(u8([0], 0, 0))}}`), "not valid Unicode"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes as Uint8Array)).toThrow(InputError);
    expect(() => readSafetensors(bytes as Uint8Array)).toThrow(message);
  });
});

describe("writing", () => {
  const names = fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__");
  const maps = fc.tuple(
    fc.array(fc.tuple(names, anyTensor(dtypes)), { maxLength: 6 }).map((entries) => new Map(entries)),
    fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 }).map((entries) => new Map(entries)),
  );

  test("returns through reading, every tensor aligned", () => {
    const property = fc.property(maps, ([tensors, metadata]) => {
      const bytes = writeSafetensors(tensors, metadata);
      const file = readSafetensors(bytes);
      expect(file.metadata).toEqual(metadata);
      expect(file.tensors.size).toBe(tensors.size);
      for (const [name, tensor] of tensors) expectSameBits(file.tensors.get(name) as HostTensor, tensor);
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
      // Only sizes that never grow from one tensor to the next keep every start a multiple of its own size.
      const sizes = [...file.tensors.values()].map(({ bits }) => bits.BYTES_PER_ELEMENT);
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    });
    fc.assert(property);
  });

  test("does not depend on the order given", () => {
    const property = fc.property(maps, ([tensors, metadata]) => {
      const reversed = writeSafetensors(new Map([...tensors].reverse()), new Map([...metadata].reverse()));
      expect(reversed).toEqual(writeSafetensors(tensors, metadata));
    });
    fc.assert(property);
  });

  const one: HostTensor = { dtype: "u8", shape: [1], bits: Uint8Array.of(1) };
  test.each<[string, unknown, unknown, new (...args: never[]) => Error, string]>([
    ["an object", { a: one }, undefined, InputError, "argument tensors must be a Map"],
    ["a name that is taken", new Map([["__metadata__", one]]), undefined, InputError, 'has "__metadata__"'],
    ["a name that is no string", new Map([[1, one]]), undefined, InputError, "has 1, which cannot be a tensor's name"],
    ["half a surrogate pair", new Map([["\ud800", one]]), undefined, InputError, "cannot be a tensor's name"],
    ["a tensor that is none", new Map([["a", null]]), undefined, InputError, 'argument tensors["a"] must be { shape'],
    [
      "a tensor too short",
      new Map([["a", { ...one, shape: [2] }]]),
      undefined,
      ShapeError,
      'argument tensors["a"] has',
    ],
    ["metadata that is an object", new Map(), { a: "b" }, InputError, "argument metadata must be a Map"],
    [
      "metadata that is a number",
      new Map(),
      new Map([["a", 1]]),
      InputError,
      "argument metadata has 1, which is not a string",
    ],
  ])("refuses %s", (_, tensors, metadata, expected, message) => {
    const write = () => writeSafetensors(tensors as Map<string, HostTensor>, metadata as Map<string, string>);
    expect(write).toThrow(expected);
    expect(write).toThrow(message);
  });
});
