import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { type ScanOptions, scan } from "../../../src/ops/recurrence/scan.js";
import { scanOracles, wordScanOracle } from "../../../src/oracles/scan.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray, sameBits, stored, uniform } from "../../support/arrays.js";
import { expectClose } from "../../support/closeness.js";
import { openFor, testBackends, wasmBackends } from "../../support/engines.js";
import { directions, lineCases, lineOf, linesIn, segmentsFor } from "./scan-lines.js";

const floatOps = ["add", "multiply", "max", "logsumexp"] as const;

/** Around 1 for products, so that they stay in range; of both signs, with zeros. */
function numbersFor(op: (typeof floatOps)[number], shape: readonly number[]) {
  const { values } = randomArray(shape, "f32", 11);
  const scaled = values.map((x, i) => (op === "multiply" ? (i % 31 === 30 ? 0 : Math.sign(x) * (1 + x / 8)) : 4 * x));
  return stored(shape, "f32", scaled);
}

describe.each(testBackends)("scans on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;

  test.each(lineCases)("$shape along $axis, segments $segments", async (line) => {
    const { shape, axis } = line;
    const { options, startsOf } = segmentsFor(engine(), line);
    for (const op of floatOps) {
      const array = numbersFor(op, shape);
      const a = engine().fromBits(array.bits, array);
      for (const direction of directions) {
        const y = scan(a, { op, axis, ...direction, ...options, on });
        expect(y.shape).toEqual(shape);
        const values = await y.data();
        for (let l = 0; l < linesIn(shape, axis); l++) {
          const x = lineOf(array.values, shape, axis, l);
          const how = { ...direction, starts: startsOf(l) };
          const total = x.reduce((sum, value) => sum + Math.abs(value), 0);
          expectClose(lineOf(values, shape, axis, l), scanOracles[op](x, how), {
            dtype: "f32",
            ulp: { add: 2, multiply: on === "wasm" ? 1 : 2 * x.length, max: 0, logsumexp: 1 }[op],
            absolute: { add: (on === "wasm" ? 6 : 64) * 2 ** -24 * total, logsumexp: 2 ** -20, multiply: 0, max: 0 }[
              op
            ],
            flush: op === "multiply",
          });
        }
      }
    }
  });

  test.each(lineCases)("words: $shape along $axis, segments $segments", async (line) => {
    const { shape, axis } = line;
    const { options, startsOf } = segmentsFor(engine(), line);
    for (const dtype of ["i32", "u32"] as const) {
      // Large enough to wrap.
      const array = stored(
        shape,
        dtype,
        randomArray(shape, dtype, 3).values.map((x) => x * 12345677),
      );
      const a = engine().fromBits(array.bits, array);
      for (const op of ["add", "multiply", "max"] as const) {
        for (const direction of directions) {
          const values = await scan(a, { op, axis, ...direction, ...options, on }).data();
          for (let l = 0; l < linesIn(shape, axis); l++) {
            const x = lineOf(array.values, shape, axis, l);
            const expected = wordScanOracle(x, op, dtype === "i32", { ...direction, starts: startsOf(l) });
            expect(lineOf(values, shape, axis, l)).toEqual(expected);
          }
        }
      }
    }
  });

  test("what is not finite stays in its segment", async () => {
    const x = [1, Number.NaN, 2, 3, Infinity, 5, -Infinity, 7, -Infinity, -Infinity, 1];
    const starts = x.map((_, t) => [2, 5, 8].includes(t));
    const options = { segments: [0, 2, 5, 8, 11], on };
    for (const op of floatOps) {
      const values = await scan(engine().tensor(x), { op, ...options }).data();
      expectClose(values, scanOracles[op](x, { starts }), { dtype: "f32", ulp: 4 });
    }
  });

  test("a ramp of exponentials loses nothing, and neither does a far away sum", async () => {
    for (const f of [
      (t: number) => t * 1e-5,
      (t: number) => 100 * t,
      (t: number) => 3e37 * t,
      (t: number) => -50 * t,
    ]) {
      const { bits, values } = stored(
        [3000],
        "f32",
        Array.from({ length: 3000 }, (_, t) => f(t - 5)),
      );
      const y = await scan(engine().fromBits(bits, { shape: [3000], dtype: "f32" }), { op: "logsumexp", on }).data();
      expectClose(y, scanOracles.logsumexp(Array.from(values)), { dtype: "f32", ulp: 1, absolute: 2 ** -19 });
    }
  });

  test("may write where it reads", async () => {
    const array = randomArray([4, 37, 3], "f32", 5);
    for (const axis of [0, 1, 2]) {
      const a = engine().fromBits(array.bits.slice(), array);
      const elsewhere = await scan(a, { axis, exclusive: true, on }).bits();
      expect(scan(a, { axis, exclusive: true, on, out: a })).toBe(a);
      expect(await a.bits()).toEqual(elsewhere);
    }
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3, 4], { shape: [2, 2] });
    const u8 = engine().tensor(Uint8Array.of(1, 0, 1));
    const rows: [options: ScanOptions, error: new (...args: never[]) => Error, text: RegExp][] = [
      [{ axis: 2 }, InputError, /axis/],
      [{ op: "min" as "max" }, InputError, /op/],
      [{ exclusive: 1 as unknown as boolean }, InputError, /exclusive/],
      [{ reverse: "no" as unknown as boolean }, InputError, /reverse/],
      [{ segments: [0, 1] }, InputError, /segments.*from 0 to 2/],
      [{ segments: [0, 2, 1, 2] }, InputError, /segments/],
      [{ segments: [1, 2] }, InputError, /segments/],
      [{ segments: 3 as unknown as number[] }, InputError, /segments/],
      [{ segments: u8 }, ShapeError, /segments/],
      [{ segments: engine().tensor([1, 0]) }, DTypeError, /segments/],
      [{ out: engine().tensor([1, 2]) }, ShapeError, /out/],
    ];
    for (const [options, error, text] of rows) {
      expect(() => scan(a, options)).toThrow(error);
      expect(() => scan(a, options)).toThrow(text);
    }
    expect(() => scan(u8)).toThrow(/cast/);
    expect(() => scan(engine().tensor(Int32Array.of(1)), { op: "logsumexp" })).toThrow(DTypeError);
    expect(() => scan(engine().tensor(1, { shape: [] }))).toThrow(InputError);
    expect(() => scan([1, 2] as unknown as Tensor)).toThrow(InputError);
  });
});

describe.each(wasmBackends)("f64 scans on $name", (backend) => {
  const engine = openFor(backend);

  test.each(lineCases)("$shape along $axis, segments $segments", async (line) => {
    const { shape, axis } = line;
    const { options, startsOf } = segmentsFor(engine(), line);
    const { values: numbers } = randomArray(shape, "f64", 21);
    for (const op of ["add", "multiply", "max"] as const) {
      const array = stored(shape, "f64", numbers);
      const a = engine().fromBits(array.bits, array);
      for (const direction of directions) {
        const values = await scan(a, { op, axis, ...direction, ...options }).data();
        for (let l = 0; l < linesIn(shape, axis); l++) {
          const x = lineOf(numbers, shape, axis, l);
          const expected = scanOracles[op](x, { ...direction, starts: startsOf(l) });
          const ulp = { add: 1, multiply: x.length, max: 0 }[op];
          expectClose(lineOf(values, shape, axis, l), expected, { dtype: "f64", ulp, absolute: x.length * 2 ** -50 });
        }
      }
    }
  });
});

describe("long scans", () => {
  const engines = wasmBackends.map((backend) => ({ backend, engine: openFor(backend) }));
  const n = 3 * 65536 + 77;
  const next = uniform(5);
  const numbers = Float32Array.from({ length: n }, () => 2 * next() - 0.5);

  test("threads do not change a bit, blocks lose no digits", async () => {
    const starts = Uint8Array.from({ length: n }, (_, t) => Number(t % 100003 === 99999));
    for (const op of floatOps) {
      for (const [options, isCut] of [
        [{}, false],
        [{ exclusive: true, reverse: true }, false],
        [{}, true],
      ] as const) {
        const results = [];
        for (const { backend, engine } of engines) {
          const a = engine().tensor(op === "multiply" ? numbers.map((x) => 1 + x / 65536) : numbers);
          const segments = isCut ? { segments: engine().tensor(starts) } : {};
          results.push({ fused: backend.fused, bits: await scan(a, { op, ...options, ...segments }).bits() });
        }
        for (const fused of [false, true]) {
          const [first, ...others] = results.filter((one) => one.fused === fused);
          for (const other of others) expect(sameBits(first!.bits, other.bits), `${op}, ${fused}`).toBe(true);
        }
      }
    }
    const [{ engine }] = engines as [(typeof engines)[0]];
    const sums = await scan(engine().tensor(numbers)).data();
    const expected = scanOracles.add(Array.from(numbers));
    expect(Math.abs((sums[n - 1] as number) - (expected[n - 1] as number))).toBeLessThan(n * 2 ** -24);
    const words = engine().tensor(Int32Array.from({ length: n }, (_, t) => t));
    for (const { engine } of engines) {
      const counted = engine().tensor(Int32Array.from({ length: n }, (_, t) => t));
      expect(sameBits(await scan(counted).bits(), await scan(words).bits())).toBe(true);
    }
  });
});
