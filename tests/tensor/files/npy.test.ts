import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, ShapeError, UnsupportedError } from "../../../src/backends/contract.js";
import type { DType } from "../../../src/tensor/dtype.js";
import { readNpy, writeNpy } from "../../../src/tensor/files/npy.js";
import type { HostTensor } from "../../../src/tensor/host-tensor.js";
import {
  anyTensor,
  damaged,
  expectSameBits,
  expectTensorsOrNamedError,
  fromBase64,
  golden,
  hostTensorOf,
} from "./cases.js";

const dtypes: readonly DType[] = ["f32", "f16", "f64", "i32", "u32", "i8", "u8"];

/** A version 1.0 file with this header and these bytes of data. */
function npy(header: string, data: readonly number[] = [], version = [1, 0]): Uint8Array {
  const text = `${header}\n`;
  return Uint8Array.from([0x93, ...Buffer.from("NUMPY"), ...version, text.length, 0, ...Buffer.from(text), ...data]);
}

const header = (descr: string, shape: string): string =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}}`;

describe("files that NumPy wrote", () => {
  test.each(Object.entries({ ...golden.written, ...golden.readOnly }))("reads %s", (_, { file, ...expected }) => {
    expectSameBits(readNpy(fromBase64(file)), hostTensorOf(expected));
  });

  test.each(Object.entries(golden.written))("writes %s byte for byte", (_, { file, ...tensor }) => {
    expect(writeNpy(hostTensorOf(tensor))).toEqual(fromBase64(file));
  });

  test.each([
    ["i64 that does not fit", /at offset 136 the integer 2147483648 does not fit/],
    ["u64 that does not fit", /at offset 128 the integer 1099511627776 does not fit/],
    ["complex", /'descr' is '<c8'/],
    ["text", /'descr' is '<U2'/],
    ["records", /a string is expected, not "\[\('x'/],
    ["dates", /'descr' is '<M8\[s\]'/],
  ])("refuses %s", (name, message) => {
    const bytes = fromBase64(golden.refused[name] as string);
    expect(() => readNpy(bytes)).toThrow(InputError);
    expect(() => readNpy(bytes)).toThrow(message);
  });
});

describe("reading", () => {
  test("takes what Python takes: other order, quotes, spacing, and the long integers of Python 2", () => {
    const bytes = npy(`\t{"shape" : (2L,) ,"descr":"|i1",\n "fortran_order":True}  `, [255, 1]);
    expectSameBits(readNpy(bytes), { dtype: "i8", shape: [2], bits: Int8Array.of(-1, 1) });
  });

  test("takes unaligned bytes of a larger, also a shared, buffer and gives a buffer of its own", () => {
    const bytes = writeNpy({ dtype: "f64", shape: [2], bits: Float64Array.of(1, -2) });
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3);
    shared.set(bytes);
    for (const view of [shared, Buffer.concat([Buffer.alloc(1), bytes]).subarray(1)]) {
      const { bits } = readNpy(view);
      view.fill(0);
      expect(bits).toEqual(Float64Array.of(1, -2));
      expect(bits.buffer).toBeInstanceOf(ArrayBuffer);
    }
  });

  const good = header("|u1", "(2,)");
  const longHeader = Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 2, 0, 0, 0, 2, 0, ...new Uint8Array(1 << 17)]);
  test.each<[string, unknown, string | RegExp]>([
    [
      "no bytes",
      new Uint8Array(),
      "argument bytes is not a file that can be read: at offset 0 the magic string needs 8",
    ],
    ["an ArrayBuffer", new ArrayBuffer(8), "argument bytes must be a Uint8Array, got object"],
    ["nothing", undefined, "argument bytes must be a Uint8Array, got undefined"],
    ["a wrong magic string", npy(good, [1, 2]).fill(0, 3, 4), "at offset 3 the magic string"],
    ["an unknown version", npy(good, [1, 2], [4, 0]), "at offset 6 the version is 4.0"],
    ["an unknown minor version", npy(good, [1, 2], [1, 1]), "at offset 6 the version is 1.1"],
    ["a cut length", npy(good).subarray(0, 9), "at offset 8 the header length needs 2 bytes, 1 are left"],
    ["a cut header", npy(good).subarray(0, 20), "at offset 10 the header needs"],
    ["a header above the limit", longHeader, "at offset 8 the header length is 131072"],
    ["a header without newline", npy(good).fill(0x20, 10 + good.length), "does not end with a newline"],
    ["missing data", npy(good, [1]), "an array of shape [2] needs 2 bytes, 1 are left"],
    ["data left over", npy(good, [1, 2, 3]), `at offset ${13 + good.length} 1 bytes follow the last element`],
    ["an extent that is negative", npy(header("|u1", "(-2,)")), "'shape' has the extent -2"],
    ["an extent that is no integer", npy(header("|u1", "(2.5,)")), 'an integer is expected, not "2.5,)}'],
    ["an extent that is enormous", npy(header("|u1", `(${"9".repeat(30)},)`)), "'shape' has the extent 1e+30"],
    ["a product that overflows", npy(header("|u1", "(4294967296, 4294967296)")), "more than 2^32 elements"],
    ["a lie of 16 GiB", npy(header("<f4", "(4294967296,)")), "needs 17179869184 bytes, 0 are left"],
    ["a shape that is an integer", npy(header("|u1", "2")), 'a string is expected, not "2}'],
    ["a shape in parentheses only", npy(header("|u1", "(2)"), [1, 2]), "a tuple of one needs a comma"],
    ["a shape that is a string", npy(header("|u1", "'2'")), "'shape' is not a tuple"],
    [
      "a boolean where none belongs",
      npy("{'descr': True, 'fortran_order': True, 'shape': ()}"),
      "'descr' is not a string",
    ],
    [
      "an order that is no boolean",
      npy("{'descr': '|u1', 'fortran_order': 'no', 'shape': ()}"),
      "neither True nor False",
    ],
    ["a type without byte order", npy(header("|f4", "()"), [0, 0, 0, 0]), "'descr' is '|f4'"],
    ["a type from Object.prototype", npy(header("<constructor", "()")), "'descr' is '<constructor'"],
    ["a boolean that is neither", npy(header("|b1", "(2,)"), [1, 2]), "a boolean is stored as 2, not 0 or 1"],
    ["a missing key", npy("{'descr': '|u1', 'shape': ()}", [1]), "the header has no 'fortran_order'"],
    ["a key too many", npy(good.replace("}", ", 'x': ()}"), [1, 2]), "has the keys descr, fortran_order, shape, x"],
    ["a key twice", npy(good.replace("}", ", 'shape': ()}"), [1]), "the key 'shape' comes twice"],
    ["text after the dictionary", npy(`${good} 1`, [1, 2]), 'nothing more is expected, not "1\\n"'],
    ["a header that stops", npy("{'descr': '|u1',"), "a string is expected, not the end"],
    ["a header that is code", npy("__import__('os')"), "'{' is expected"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readNpy(bytes as Uint8Array)).toThrow(InputError);
    expect(() => readNpy(bytes as Uint8Array)).toThrow(message);
  });

  test("refuses a detached buffer", () => {
    const bytes = writeNpy({ dtype: "u8", shape: [], bits: Uint8Array.of(1) });
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(() => readNpy(bytes)).toThrow(InputError);
  });

  test("gives a tensor or a named error for any damage", () => {
    for (const file of Object.values({ ...golden.written, ...golden.readOnly }).map(({ file }) => fromBase64(file))) {
      const property = fc.property(damaged(file), (bytes) => expectTensorsOrNamedError(() => [readNpy(bytes)]));
      fc.assert(property, { numRuns: 200 });
    }
  });
});

describe("writing", () => {
  test("returns through reading", () => {
    fc.assert(fc.property(anyTensor(dtypes), (tensor) => expectSameBits(readNpy(writeNpy(tensor)), tensor)));
  });

  test("writes a window of a larger buffer", () => {
    const bits = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(readNpy(writeNpy({ dtype: "f32", shape: [2], bits })).bits).toEqual(Float32Array.of(1, 2));
  });

  test.each(["bf16", "e4m3", "e5m2"] as const)("refuses %s, which NumPy has not, and says what to do", (dtype) => {
    const tensor: HostTensor = { dtype, shape: [0], bits: dtype === "bf16" ? new Uint16Array() : new Uint8Array() };
    expect(() => writeNpy(tensor)).toThrow(UnsupportedError);
    expect(() => writeNpy(tensor)).toThrow(
      `NumPy has no ${dtype}; convert to f32, or keep ${dtype} with writeSafetensors`,
    );
  });

  test.each<[string, unknown, new (...args: never[]) => Error]>([
    ["nothing", undefined, InputError],
    ["an unknown dtype", { dtype: "f8", shape: [], bits: new Float32Array(1) }, InputError],
    ["a shape that is none", { dtype: "f32", shape: [-1], bits: new Float32Array(1) }, InputError],
    ["bits of another type", { dtype: "f16", shape: [1], bits: new Float32Array(1) }, InputError],
    ["bits that are an array", { dtype: "f32", shape: [1], bits: [1] }, InputError],
    ["bits of another length", { dtype: "f32", shape: [2, 2], bits: new Float32Array(3) }, ShapeError],
  ])("refuses %s", (_, tensor, expected) => {
    expect(() => writeNpy(tensor as HostTensor)).toThrow(expected);
  });

  test("refuses more axes than the header holds", () => {
    const tensor: HostTensor = { dtype: "u8", shape: new Array(30_000).fill(1), bits: Uint8Array.of(1) };
    expect(() => writeNpy(tensor)).toThrow("30000 axes need a header over 64 KiB");
  });
});
