import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { type AffineScanOptions, affineScan } from "../../../src/ops/recurrence/affine-scan.js";
import { affineOracle } from "../../../src/oracles/scan.js";
import { sizeOfShape } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray, sameBits, stored, uniform } from "../../support/arrays.js";
import { expectClose } from "../../support/closeness.js";
import { openFor, testBackends, wasmBackends } from "../../support/engines.js";
import { directions, lineCases, lineOf, linesIn, segmentsFor } from "./scan-lines.js";

/** Of both signs, some 0, some above 1 in magnitude. */
function coefficients(shape: readonly number[], dtype: "f32" | "f64") {
  const { values } = randomArray(shape, dtype, 2);
  return stored(
    shape,
    dtype,
    values.map((x, i) => (i % 17 === 5 ? 0 : i % 23 === 7 ? 2 * x : x)),
  );
}

/** The sum of |a_t ... a_(s+1) b_s|, which rounding errors are relative to. */
const magnitudeOf = (a: number[], b: number[], initial: number, how: object) =>
  affineOracle(a.map(Math.abs), b.map(Math.abs), Math.abs(initial), how);

describe.each(testBackends)("affine scans on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;

  test.each(lineCases)("$shape along $axis, segments $segments", async (line) => {
    const { shape, axis } = line;
    const { options, startsOf } = segmentsFor(engine(), line);
    for (const dtype of on === "wasm" ? (["f32", "f64"] as const) : (["f32"] as const)) {
      const [a, b] = [coefficients(shape, dtype), randomArray(shape, dtype, 9)];
      const without = shape.toSpliced(axis, 1);
      const h0 = randomArray(without, dtype, 4);
      const [ta, tb, t0] = [a, b, h0].map((array) => engine().fromBits(array.bits, array)) as [Tensor, Tensor, Tensor];
      for (const direction of directions) {
        for (const initial of [undefined, t0]) {
          const start = initial ? { initial } : {};
          const h = affineScan(ta, tb, { axis, ...direction, ...options, ...start, on });
          expect(h.shape).toEqual(shape);
          const values = await h.data();
          for (let l = 0; l < linesIn(shape, axis); l++) {
            const [x, y] = [lineOf(a.values, shape, axis, l), lineOf(b.values, shape, axis, l)];
            const how = { ...direction, starts: startsOf(l) };
            const before = initial ? (h0.values[l] as number) : 0;
            const magnitudes = magnitudeOf(x, y, before, how);
            const unit = { f32: on === "wasm" ? 0 : 64 * 2 ** -24, f64: x.length * 2 ** -52 }[dtype];
            expectClose(lineOf(values, shape, axis, l), affineOracle(x, y, before, how), {
              dtype,
              ulp: 1,
              absolute: (i) => unit * (magnitudes[i] as number),
            });
          }
        }
      }
    }
  });

  test("a growing product of coefficients does not spoil what is 0", async () => {
    const n = 3000;
    const a = engine().tensor(new Float32Array(n).fill(4));
    const b = engine().tensor(Float32Array.from({ length: n }, (_, t) => Number(t === n - 1)));
    const h = await affineScan(a, b, { on }).data();
    expect(Array.from(h).every((x, t) => x === Number(t === n - 1))).toBe(true);
  });

  test("what is refused", () => {
    const b = engine().tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
    const rows: [a: Tensor, options: AffineScanOptions, error: new (...args: never[]) => Error, text: RegExp][] = [
      [b, { axis: -3 }, InputError, /axis/],
      [b.reshape([3, 2]), {}, ShapeError, /argument b/],
      [b, { initial: engine().tensor([1, 2, 3]) }, ShapeError, /initial/],
      [b, { initial: engine().tensor(Float64Array.of(1, 2)) }, DTypeError, /initial/],
      [b, { segments: [0, 4] }, InputError, /segments/],
      [engine().tensor(Int32Array.of(1)), {}, DTypeError, /cast/],
      [engine().tensor(new Float64Array(6), { shape: [2, 3] }), {}, DTypeError, /argument b/],
    ];
    for (const [a, options, error, text] of rows) {
      expect(() => affineScan(a, b, options)).toThrow(error);
      expect(() => affineScan(a, b, options)).toThrow(text);
    }
  });
});

describe("long affine scans", () => {
  const engines = wasmBackends.map((backend) => openFor(backend));

  test("threads do not change a bit, and neither do the products of blocks", async () => {
    const n = 2 * 65536 + 5;
    const next = uniform(8);
    const draw = (scale: number) => Float32Array.from({ length: n }, () => scale * (2 * next() - 1));
    const [a, b] = [draw(1.3), draw(1)];
    const bits = [];
    for (const engine of engines) {
      bits.push(await affineScan(engine().tensor(a), engine().tensor(b), { reverse: true }).bits());
    }
    for (const other of bits) expect(sameBits(other, bits[0]!)).toBe(true);
    const expected = affineOracle(Array.from(a), Array.from(b), 0, { reverse: true });
    expectClose(bits[0] as Float32Array, expected, { dtype: "f32", ulp: 1, absolute: 2 ** -40 });
    expect(sizeOfShape([n])).toBe(bits[0]!.length);
  });
});
