import { describe, expect, test } from "vitest";
import { DTypeError, InputError } from "../../../src/backends/contract.js";
import { matrixScan, type Semiring } from "../../../src/ops/recurrence/matrix-scan.js";
import { monoidScan } from "../../../src/ops/recurrence/monoid-scan.js";
import { FiniteMonoid } from "../../../src/ops/recurrence/scan/monoid.js";
import { matrixOracle, monoidOracle } from "../../../src/oracles/scan.js";
import { sizeOfShape } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray, sameBits, stored, uniform } from "../../support/arrays.js";
import { expectClose } from "../../support/closeness.js";
import { openFor, testBackends, wasmBackends } from "../../support/engines.js";
import { directions, type LineCase, lineCases, lineOf, linesIn, segmentsFor } from "./scan-lines.js";

/** All maps of {0, 1, ..., m - 1} to itself that `generators` make, as a table; x followed by y. */
function mapsOf(generators: readonly (readonly number[])[]): number[][] {
  const m = (generators[0] as readonly number[]).length;
  const maps = [Array.from({ length: m }, (_, i) => i)];
  const index = new Map([[String(maps[0]), 0]]);
  const numberOf = (map: number[]) => {
    const known = index.get(String(map));
    if (known !== undefined) return known;
    index.set(String(map), maps.length);
    return maps.push(map) - 1;
  };
  for (let i = 0; i < maps.length; i++)
    for (const g of generators) numberOf((maps[i] as number[]).map((x) => g[x] as number));
  return maps.map((x) => maps.map((y) => numberOf(x.map((state) => y[state] as number))));
}

const symmetric = mapsOf([
  [1, 2, 3, 4, 0],
  [1, 0, 2, 3, 4],
]);
const withResets = mapsOf([
  [1, 2, 0],
  [0, 0, 0],
]);
const additive256 = Array.from({ length: 256 }, (_, x) => Array.from({ length: 256 }, (_, y) => (x + y) % 256));

describe.each(testBackends)("monoid and matrix scans on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;

  test.each(lineCases)("$shape along $axis, segments $segments", async (line) => {
    const { shape, axis } = line;
    const { options, startsOf } = segmentsFor(engine(), line);
    const next = uniform(6);
    for (const [table, dtype] of [
      [symmetric, "u8"],
      [withResets, "i32"],
    ] as const) {
      const codes = Array.from({ length: sizeOfShape(shape) }, () => Math.floor(next() * table.length));
      const array = stored(shape, dtype, codes);
      const monoid = new FiniteMonoid(table);
      for (const direction of directions) {
        const y = monoidScan(engine().fromBits(array.bits, array), {
          table: monoid,
          axis,
          ...direction,
          ...options,
          on,
        });
        expect([y.shape, y.dtype]).toEqual([shape, dtype]);
        const values = await y.data();
        for (let l = 0; l < linesIn(shape, axis); l++) {
          const how = { ...direction, starts: startsOf(l) };
          expect(lineOf(values, shape, axis, l)).toEqual(monoidOracle(lineOf(codes, shape, axis, l), table, 0, how));
        }
      }
    }
  });

  /** Every product against the oracle, entry by entry. */
  async function expectProducts(line: LineCase, k: number, semiring: Semiring, direction: (typeof directions)[number]) {
    const { shape, axis } = line;
    const { options, startsOf } = segmentsFor(engine(), line);
    const whole = [...shape, k, k];
    const { bits, values: numbers } = randomArray(whole, "f32", k);
    const m = engine().fromBits(bits, { shape: whole, dtype: "f32" });
    const along = axis < 0 ? axis : axis - shape.length;
    const p = await matrixScan(m, { axis: along, semiring, ...direction, ...options, on }).data();
    const matrixAt = (values: ArrayLike<number>, at: number) =>
      Array.from({ length: k }, (_, i) => Array.from({ length: k }, (_, j) => values[(at * k + i) * k + j] as number));
    const places = Array.from({ length: sizeOfShape(shape) }, (_, at) => at);
    const [matrices, products] = [numbers, p].map((values) => places.map((at) => matrixAt(values, at)));
    const tropical = semiring === "max-plus";
    for (let l = 0; l < linesIn(shape, axis); l++) {
      const x = lineOf(matrices as number[][][], shape, axis, l);
      const expected = matrixOracle(x, k, tropical, { ...direction, starts: startsOf(l) });
      expectClose(lineOf(products as number[][][], shape, axis, l).flat(2), expected.flat(2), {
        dtype: "f32",
        ulp: 1,
        absolute: on === "wasm" ? 0 : 2 ** -18 * (tropical ? x.length : 1),
        flush: true,
      });
    }
  }

  test.each(lineCases)("matrices: $shape along $axis, segments $segments", async (line) => {
    // Software adapters take seconds to compile each of the larger variants.
    const isLong = (line.shape.at(line.axis) as number) > 32;
    const sizes = slow ? (isLong ? [] : [3]) : isLong ? [3] : [1, 2, 3, 4];
    for (const k of sizes) {
      for (const semiring of ["plus-times", "max-plus"] as const) {
        for (const direction of slow ? directions.slice(-1) : directions)
          await expectProducts(line, k, semiring, direction);
      }
    }
  });

  test("tiles of matrices", async () => {
    const line: LineCase = { shape: [2, 600], axis: 1, segments: "offsets" };
    await expectProducts(line, 2, "plus-times", { exclusive: true, reverse: true });
    await expectProducts({ ...line, shape: [300], axis: 0 }, 2, "max-plus", { exclusive: false, reverse: false });
  });

  test("256 elements", async () => {
    const codes = Uint8Array.from({ length: 600 }, (_, t) => (37 * t) % 256);
    const y = await monoidScan(engine().tensor(codes), { table: additive256, on }).data();
    expect(Array.from(y)).toEqual(monoidOracle(Array.from(codes), additive256, 0));
  });

  test("what is refused", () => {
    const codes = engine().tensor(Uint8Array.of(0, 1, 2));
    const rows: [table: unknown, text: RegExp][] = [
      [undefined, /table/],
      [[], /0 rows/],
      [[[0, 1], [1]], /1 entries in row 1/],
      [
        [
          [0, 2],
          [1, 0],
        ],
        /2 at \[0\]\[1\]/,
      ],
      [
        [
          [0, 0],
          [1, 1],
        ],
        /no unit/,
      ],
      [
        [
          [0, 1, 2],
          [1, 2, 1],
          [2, 0, 1],
        ],
        /not associative/,
      ],
    ];
    for (const [table, text] of rows) {
      expect(() => monoidScan(codes, { table: table as number[][] })).toThrow(InputError);
      expect(() => monoidScan(codes, { table: table as number[][] })).toThrow(text);
    }
    expect(() => monoidScan(codes, undefined as never)).toThrow(InputError);
    expect(() => monoidScan(engine().tensor([1]), { table: withResets })).toThrow(DTypeError);
    const square = engine().tensor(new Float32Array(50), { shape: [2, 5, 5] });
    expect(() => matrixScan(square)).toThrow(/k from 1 to 4/);
    expect(() => matrixScan(square.reshape([5, 2, 5]))).toThrow(/k from 1 to 4/);
    expect(() => matrixScan(codes as Tensor)).toThrow(DTypeError);
    const one = engine().tensor(new Float32Array(8), { shape: [2, 2, 2] });
    expect(() => matrixScan(one, { axis: 1 })).toThrow(/axis/);
    expect(() => matrixScan(one, { semiring: "min-plus" as "max-plus" })).toThrow(/semiring/);
  });
});

describe("long monoid and matrix scans", () => {
  const engines = wasmBackends.map((backend) => openFor(backend));

  test("threads do not change a bit", async () => {
    const n = 65536 + 99;
    const next = uniform(3);
    const codes = Uint8Array.from({ length: n }, () => Math.floor(next() * symmetric.length));
    const angles = Float32Array.from({ length: n }, () => next());
    const rotations: number[] = [];
    for (const x of angles) rotations.push(Math.cos(x), -Math.sin(x), Math.sin(x), Math.cos(x));
    const results = [];
    for (const engine of engines) {
      const y = await monoidScan(engine().tensor(codes), { table: symmetric }).bits();
      const p = await matrixScan(engine().tensor(rotations, { shape: [n, 2, 2] })).bits();
      results.push([y, p] as const);
    }
    const [[y, p]] = results as [(typeof results)[0]];
    for (const [y2, p2] of results) {
      expect(sameBits(y, y2)).toBe(true);
      expect(sameBits(p, p2)).toBe(true);
    }
    expect(sameBits(y, Uint8Array.from(monoidOracle(Array.from(codes), symmetric, 0)))).toBe(true);
  });

  test("a code that is no element is named", () => {
    const [engine] = engines as [(typeof engines)[0]];
    const codes = engine().tensor(Int32Array.of(0, 1, -1, 9));
    expect(() => monoidScan(codes, { table: withResets })).toThrow(/index 2/);
  });
});
