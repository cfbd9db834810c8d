import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError, UnsupportedError } from "../../src/backends/contract.js";
import { type MatmulOptions, matmul } from "../../src/ops/matmul.js";
import { matmulOracle } from "../../src/oracles/matmul.js";
import type { DType } from "../../src/tensor/dtype.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { randomArray, type StoredArray } from "../support/arrays.js";
import { heldBy, openFor, type TestBackend, wasmBackends } from "../support/engines.js";

type Options = Pick<MatmulOptions, "transposeA" | "transposeB" | "activation"> & { bias?: boolean };

interface Case {
  a: readonly number[];
  b: readonly number[];
  types?: [DType, DType];
  options?: Options;
}

/** Around the tile (4 x 8), the block of k (256), of rows (128) and of columns (1024), and the thin paths. */
const edgeShapes: [m: number, n: number, k: number][] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9].flatMap((m): [number, number, number][] => [
    [m, 7, 3],
    [m, 8, 4],
    [m, 17, 5],
  ]),
  ...[1, 3, 4, 5, 255, 256, 257, 513].map((k): [number, number, number] => [9, 19, k]),
  ...[127, 128, 129, 257].map((m): [number, number, number] => [m, 11, 33]),
  ...[1, 15, 16, 17, 1023, 1024, 1025, 2049].map((n): [number, number, number] => [6, n, 21]),
  [1, 1, 1],
  [1, 4097, 9],
  [300, 1, 70],
  [65, 40, 1],
  [127, 129, 131],
];

const stored = ({
  a,
  b,
  types = ["f32", "f32"],
  options = {},
}: Case): { a: StoredArray; b: StoredArray; bias?: StoredArray } => {
  const n = b.at(options.transposeB ? -2 : -1) as number;
  const result = types[0] === "f64" ? "f64" : "f32";
  return {
    a: randomArray(a, types[0], 1),
    b: randomArray(b, types[1], 2),
    ...(options.bias ? { bias: randomArray([n], result, 3) } : {}),
  };
};

/** |error| <= (k + 2) eps sum|a b|, and a few ulp of the activation on top (its slope is at most 1.13). */
function expectProduct(
  actual: ArrayLike<number>,
  { a, b, options = {}, types }: Case,
  arrays: ReturnType<typeof stored>,
) {
  const k = a.at(options.transposeA ? -2 : -1) as number;
  const epsilon = types?.[0] === "f64" ? 2 ** -53 : 2 ** -24;
  const { bias, ...flags } = options;
  const expected = matmulOracle(arrays.a, arrays.b, { ...flags, ...(arrays.bias ? { bias: arrays.bias.values } : {}) });
  expect(actual.length).toBe(expected.values.length);
  let worst = 0;
  expected.values.forEach((value, i) => {
    const bound = 1.2 * (k + 2) * epsilon * (expected.magnitudes[i] as number) + 8 * epsilon * Math.abs(value) + 1e-37;
    const error = Math.abs((actual[i] as number) - value) / bound;
    if (!(error <= worst)) worst = error;
  });
  expect(worst, `a [${a}] b [${b}] ${JSON.stringify(options)}: error over bound`).toBeLessThanOrEqual(1);
}

describe.each(wasmBackends)("matmul on $name", (backend: TestBackend) => {
  const engine = openFor(backend);
  const tensor = ({ bits, shape, dtype }: StoredArray) => engine().fromBits(bits, { shape, dtype });

  async function check(given: Case) {
    const arrays = stored(given);
    const tensors = [tensor(arrays.a), tensor(arrays.b), ...(arrays.bias ? [tensor(arrays.bias)] : [])] as Tensor[];
    const { bias: _, ...flags } = given.options ?? {};
    const c = matmul(tensors[0] as Tensor, tensors[1] as Tensor, {
      ...flags,
      ...(tensors[2] ? { bias: tensors[2] } : {}),
    });
    expectProduct(await c.data(), given, arrays);
    for (const t of [...tensors, c]) t.dispose();
    expect(heldBy(engine())).toBe(0);
  }

  test.each([false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB }))))(
    "every edge of the tiles, %o",
    async ({ transposeA, transposeB }) => {
      for (const [m, n, k] of edgeShapes) {
        await check({
          a: transposeA ? [k, m] : [m, k],
          b: transposeB ? [n, k] : [k, n],
          options: { transposeA, transposeB },
        });
      }
    },
  );

  test("f64", async () => {
    for (const [m, n, k] of [
      [1, 1, 1],
      [5, 7, 129],
      [4, 4, 128],
      [130, 9, 257],
      [3, 1026, 8],
    ] as const) {
      for (const transposed of [false, true]) {
        await check({
          a: transposed ? [k, m] : [m, k],
          b: transposed ? [n, k] : [k, n],
          types: ["f64", "f64"],
          options: { transposeA: transposed, transposeB: transposed, bias: true, activation: "relu" },
        });
      }
    }
  });

  test.each(["f16", "bf16", "i8", "u8", "e4m3", "e5m2"] as const)("%s operands, alone and mixed", async (type) => {
    for (const types of [
      [type, type],
      [type, "f32"],
      ["f32", type],
      ["bf16", type],
    ] as [DType, DType][]) {
      for (const transposed of [false, true]) {
        const options = { transposeA: transposed, transposeB: transposed };
        for (const [m, n, k] of [
          [1, 5, 7],
          [6, 9, 35],
          [133, 131, 258],
        ] as const) {
          await check({ a: transposed ? [k, m] : [m, k], b: transposed ? [n, k] : [k, n], types, options });
        }
      }
    }
  });

  test.each(["relu", "gelu", "silu", "tanh", "sigmoid", undefined] as const)(
    "bias and activation %s",
    async (activation) => {
      const options = { bias: true, ...(activation ? { activation } : {}) };
      for (const [m, n, k] of [
        [1, 9, 4],
        [3, 12, 300],
        [40, 1, 8],
        [20, 1, 1],
        [70, 1030, 260],
      ] as const) {
        await check({ a: [m, k], b: [k, n], options });
      }
    },
  );

  test("batches broadcast", async () => {
    const rows: Case[] = [
      { a: [3, 5, 6], b: [6, 7] },
      { a: [5, 6], b: [3, 6, 7] },
      { a: [2, 1, 5, 6], b: [3, 6, 7] },
      { a: [2, 3, 5, 6], b: [2, 3, 6, 7], options: { bias: true } },
      { a: [2, 3, 6, 5], b: [3, 7, 6], options: { transposeA: true, transposeB: true } },
      { a: [20, 33, 17], b: [20, 17, 40], options: { activation: "relu" } },
      { a: [20, 33, 17], b: [1, 17, 40], options: { activation: "relu" } },
      { a: [4, 1, 9], b: [4, 9, 5] },
    ];
    for (const row of rows) await check(row);
  });

  test("empty extents: no rows, no columns, no batch; no inner dimension gives the finished zeros", async () => {
    for (const [a, b] of [
      [
        [0, 3],
        [3, 4],
      ],
      [
        [2, 3],
        [3, 0],
      ],
      [
        [0, 2, 3],
        [0, 3, 4],
      ],
    ] as [number[], number[]][])
      await check({ a, b });
    await check({ a: [3, 0], b: [0, 5] });
    await check({ a: [2, 3, 0], b: [0, 5], options: { bias: true, activation: "sigmoid" } });
  });

  test("not a number and infinities come through where the definition has them", async () => {
    const a = engine().tensor(new Float32Array([Number.NaN, 1, 0, Number.POSITIVE_INFINITY, 1, 2, 1, 1, 1, 1]), {
      shape: [5, 2],
    });
    const b = engine().tensor(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] });
    const c = [...(await matmul(a, b).data())];
    expect(c.slice(0, 4)).toEqual([Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(c.slice(4, 6)).toEqual([7, 10]);
  });

  test("out receives the result, also when it is an operand", async () => {
    const arrays = stored({ a: [6, 6], b: [6, 6] });
    const [a, b] = [tensor(arrays.a), tensor(arrays.b)];
    const expected = await matmul(a, b).data();
    const out = engine().tensor(new Float32Array(36), { shape: [6, 6] });
    expect(matmul(a, b, { out })).toBe(out);
    expect(await out.data()).toEqual(expected);
    expect(await matmul(a, b, { out: a }).data()).toEqual(expected);
  });

  test("bad input is named", () => {
    const f32 = (...shape: number[]) => engine().tensor(new Float32Array(shape.reduce((x, y) => x * y, 1)), { shape });
    const [a, b] = [f32(2, 3), f32(3, 4)];
    const i32 = engine().tensor(new Int32Array(6), { shape: [2, 3] });
    const f64 = engine().tensor(new Float64Array(12), { shape: [3, 4] });
    const gone = f32(3, 4);
    gone.dispose();
    // biome-ignore lint/suspicious/noExplicitAny: what a caller without types may pass
    const rows: [() => unknown, any, RegExp][] = [
      [() => matmul(a, f32(4, 3)), ShapeError, /argument b has shape \[4, 3\], expected \[3, 3\]/],
      [() => matmul(a, b, { transposeB: true }), ShapeError, /argument b/],
      [() => matmul(a, b, { transposeA: true }), ShapeError, /argument b/],
      [() => matmul(f32(3), b), ShapeError, /argument a .* at least two axes/],
      [() => matmul(f32(2, 2, 3), f32(3, 3, 4)), ShapeError, /argument b/],
      [() => matmul(a, b, { bias: f32(3) }), ShapeError, /argument bias .*expected \[4\]/],
      [() => matmul(a, b, { out: f32(2, 3) }), ShapeError, /argument out/],
      [() => matmul(i32, b), DTypeError, /argument a has dtype i32/],
      [() => matmul(a, f64), DTypeError, /argument b has dtype f64/],
      [() => matmul(a, b, { bias: engine().tensor(new Int32Array(4)) }), DTypeError, /argument bias/],
      [
        () => matmul(f64, engine().tensor(new Float64Array(4), { shape: [4, 1] }), { activation: "gelu" }),
        UnsupportedError,
        /gelu/,
      ],
      // biome-ignore lint/suspicious/noExplicitAny: as above
      [() => matmul(a, b, { activation: "swish" as any }), InputError, /activation .*swish.* relu, gelu/],
      // biome-ignore lint/suspicious/noExplicitAny: as above
      [() => matmul(a, b, { transposeA: 1 as any }), InputError, /transposeA/],
      // biome-ignore lint/suspicious/noExplicitAny: as above
      [() => matmul([[1]] as any, b), InputError, /argument a must be a Tensor/],
      [() => matmul(a, gone), Error, /argument b is disposed/],
    ];
    for (const [call, type, message] of rows) {
      expect(call).toThrowError(type);
      expect(call).toThrowError(message);
    }
  });
});

describe("matmul on threads", () => {
  const [one, two] = wasmBackends as [TestBackend, TestBackend];
  const single = openFor(one);
  const double = openFor(two);

  test("gives the same bits on one thread and on two", async () => {
    for (const given of [
      { a: [257, 300], b: [300, 131] },
      { a: [9, 70, 64], b: [9, 64, 70] },
      { a: [3, 999], b: [999, 4001] },
      { a: [300, 1], b: [1, 999] },
      { a: [700, 999], b: [999, 1] },
    ] satisfies Case[]) {
      const { a, b } = stored(given);
      const [x, y] = await Promise.all(
        [single(), double()].map((engine) => matmul(engine.fromBits(a.bits, a), engine.fromBits(b.bits, b)).data()),
      );
      expect(y).toEqual(x);
    }
  });
});
