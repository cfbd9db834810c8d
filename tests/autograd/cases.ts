/**
 * Calls of every differentiable operation on tiny tensors away from its kinks. The reference is the operation in f64 on the CPU, whose
 * values other tests compare with the oracles, or an oracle where f64 is not taken.
 */
import type { TensorHost } from "../../src/engine/tensor-host.js";
import type { Tensor } from "../../src/index.js";
import * as core from "../../src/index.js";
import { alongAxisOracle, foldOracle, logSoftmaxOracle, normOracle, softmaxOracle } from "../../src/oracles/reduce.js";
import { uniform } from "../support/arrays.js";

const ops = { ...core };

export interface GradientCase {
  readonly name: string;
  /** Shapes of the operands that are varied. */
  readonly shapes: readonly (readonly number[])[];
  /** Where their elements lie; [-2, 2] when absent. */
  readonly range?: readonly [number, number];
  readonly values?: readonly (readonly number[])[];
  readonly run: (...operands: Tensor[]) => Tensor;
  readonly oracle?: (...values: Float64Array[]) => ArrayLike<number>;
}

export function valuesOf({ shapes, range = [-2, 2], values }: GradientCase): number[][] {
  return shapes.map((shape, index) => {
    const given = values?.[index];
    if (given) return [...given];
    const next = uniform(100 + 17 * index);
    const size = shape.reduce((product, extent) => product * extent, 1);
    return Array.from({ length: size }, () => range[0] + (range[1] - range[0]) * next());
  });
}

const i32 = (engine: TensorHost, values: readonly number[], shape = [values.length]) =>
  engine.tensor(Int32Array.from(values), { shape });

const positive = [0.2, 3] as const;
const domains: Partial<Record<string, readonly [number, number]>> = {
  sqrt: positive,
  rsqrt: positive,
  reciprocal: positive,
  log: positive,
  log2: positive,
  log1p: [-0.7, 3],
};

export const unaryCases: readonly GradientCase[] = [
  ...["neg", "abs", "square", "relu", "sqrt", "rsqrt", "reciprocal", "exp", "exp2", "expm1", "log", "log2", "log1p"],
  ...["sin", "cos", "tanh", "erf", "sigmoid", "silu", "softplus", "gelu", "geluTanh", "leakyRelu", "elu"],
].map((name) => ({
  name,
  shapes: [[9]],
  ...(domains[name] ? { range: domains[name] } : {}),
  run: (a) => (ops[name as "exp"] as typeof ops.exp)(a as Tensor),
}));

export const binaryCases: readonly GradientCase[] = [
  ...(["add", "sub", "mul", "div", "minimum", "maximum", "pow"] as const).flatMap((name): GradientCase[] => {
    const run = (a?: Tensor, b?: Tensor) => ops[name](a!, b!);
    const range = name === "pow" || name === "div" ? positive : ([-2, 2] as const);
    return [
      { name, shapes: [[6], [6]], range, run },
      {
        name: `${name}, broadcast`,
        shapes: [
          [2, 1, 3],
          [4, 1],
        ],
        range,
        run,
      },
      { name: `${name} with a scalar`, shapes: [[3], []], range, run },
    ];
  }),
  {
    name: "elu and leakyRelu of another slope",
    shapes: [[7]],
    run: (a) => ops.elu(ops.leakyRelu(a!, { alpha: 0.3 }), { alpha: 2 }),
  },
  {
    name: "pow of a negative base, and to the power of 0",
    shapes: [[4]],
    values: [[-2, -1.5, 0, 3]],
    run: (a) =>
      ops.add(
        ops.pow(a!, a!.engine.tensor([3, 2, 2, 1], { dtype: a!.dtype })),
        ops.pow(a!, a!.engine.tensor(0, { dtype: a!.dtype })),
      ),
  },
  {
    name: "where, broadcast",
    shapes: [[2, 3], [3]],
    run: (a, b) => ops.where(a!.engine.tensor(Uint8Array.of(1, 0), { shape: [2, 1] }), a!, b!),
  },
  { name: "clamp", shapes: [[9]], run: (a) => ops.clamp(a!, -1, 0.5) },
  { name: "the same operand twice", shapes: [[4]], run: (a) => ops.mul(a!, ops.add(a!, a!)) },
];

const movement = (name: string, shape: readonly number[], run: (a: Tensor) => Tensor): GradientCase => ({
  name,
  shapes: [shape],
  run: (a) => run(a as Tensor),
});

export const movementCases: readonly GradientCase[] = [
  movement("transpose", [2, 3, 4], (a) => ops.transpose(a, { axes: [1, -1, 0] })),
  movement("transpose, reversed", [2, 3], (a) => ops.transpose(a)),
  movement("broadcastTo", [3, 1], (a) => ops.broadcastTo(a, [2, 3, 4])),
  movement("copy", [3, 2], (a) => ops.copy(a)),
  movement("pad", [2, 3], (a) =>
    ops.pad(
      a,
      [
        [1, 0],
        [0, 2],
      ],
      { value: 4 },
    ),
  ),
  movement("slice", [4, 5], (a) =>
    ops.slice(a, [
      [1, 3],
      [null, -1],
    ]),
  ),
  movement("slice in steps", [7, 5], (a) =>
    ops.slice(a, [
      [1, null, 3],
      [null, null, 2],
    ]),
  ),
  movement("slice backwards in steps", [6, 4], (a) =>
    ops.slice(a, [
      [-1, null, -2],
      [2, 0, -1],
    ]),
  ),
  movement("slice of nothing", [3, 2], (a) => ops.slice(a, [[2, 1]])),
  movement("split", [2, 5], (a) => ops.concat(ops.split(a, [3, 2], 1).toReversed(), 1)),
  {
    name: "concat",
    shapes: [
      [2, 2],
      [2, 1],
      [2, 3],
    ],
    run: (...tensors) => ops.concat(tensors, 1),
  },
  {
    name: "stack",
    shapes: [
      [2, 2],
      [2, 2],
    ],
    run: (...tensors) => ops.stack(tensors, 1),
  },
  movement("reshape", [2, 6], (a) => ops.square(a.reshape([3, -1]))),
  movement("rows", [5, 2], (a) => ops.mul(a.rows(1, 4), a.rows(2, 5))),
  movement("rows of rows", [5, 2], (a) => ops.exp(a.rows(1, 5).rows(1, 3).reshape([4]))),
  movement("gather", [4, 3], (a) => ops.gather(a, i32(a.engine, [2, 0, 2, 9], [2, 2]))),
  movement("gather along the last axis", [2, 4], (a) => ops.gather(a, i32(a.engine, [3, 3, 1]), -1)),
  {
    name: "scatter",
    shapes: [
      [4, 2],
      [3, 2],
    ],
    run: (a, updates) => ops.scatter(a!, i32(a!.engine, [2, 0, 2]), updates!),
  },
  {
    name: "scatter along the last axis, adding",
    shapes: [
      [2, 4],
      [2, 3],
    ],
    run: (a, updates) => ops.scatter(a!, i32(a!.engine, [2, 7, 2]), updates!, { axis: -1, mode: "add" }),
  },
  {
    name: "scatter of an index that is nowhere",
    shapes: [[3], [3]],
    run: (a, updates) => ops.scatter(a!, i32(a!.engine, [9, 0, 0]), updates!),
  },
];

export const reduceCases: readonly GradientCase[] = [
  ...(["sum", "mean", "prod", "max", "min", "variance"] as const).flatMap((name): GradientCase[] => [
    { name, shapes: [[2, 3]], run: (a) => ops[name](a!) },
    { name: `${name} over the middle`, shapes: [[2, 3, 2]], run: (a) => ops[name](a!, { axes: 1 }) },
    {
      name: `${name} over two axes, kept`,
      shapes: [[2, 3, 2]],
      run: (a) => ops[name](a!, { axes: [0, -1], keepDims: true }),
    },
  ]),
  { name: "variance, unbiased", shapes: [[5]], run: (a) => ops.variance(a!, { correction: 1 }) },
  {
    name: "prod with zeros",
    shapes: [[3, 3]],
    values: [[2, 0, 3, 0, 0, 5, 1, 2, 3]],
    run: (a) => ops.prod(a!, { axes: -1 }),
  },
];

const lines =
  (shape: readonly number[], axis: number, f: (line: readonly number[]) => readonly number[]) => (a: Float64Array) =>
    alongAxisOracle({ shape, values: [...a] }, axis, f).values;

export const normalizeCases: readonly GradientCase[] = [
  { name: "softmax", shapes: [[2, 5]], run: (a) => ops.softmax(a!), oracle: lines([2, 5], 1, softmaxOracle) },
  {
    name: "softmax over the first axis",
    shapes: [[3, 2]],
    run: (a) => ops.softmax(a!, { axis: 0 }),
    oracle: lines([3, 2], 0, softmaxOracle),
  },
  { name: "logSoftmax", shapes: [[2, 5]], run: (a) => ops.logSoftmax(a!), oracle: lines([2, 5], 1, logSoftmaxOracle) },
  {
    name: "logsumexp over the first axis",
    shapes: [[3, 2]],
    run: (a) => ops.logsumexp(a!, { axis: -2 }),
    oracle: (a) => [0, 1].map((column) => foldOracle.logsumexp([0, 2, 4].map((row) => a[row + column]!))),
  },
  ...[true, false].flatMap((centred): GradientCase[] => {
    const name = centred ? "layerNorm" : "rmsNorm";
    const normalise = (a: Tensor, options: object) => ops[name](a, options);
    const rows = (a: Float64Array, weight?: Float64Array, bias?: Float64Array) =>
      lines([3, 4], 1, (x) =>
        normOracle(x, { centred, eps: 0.1, ...(weight ? { weight } : {}), ...(bias ? { bias } : {}) }),
      )(a);
    return [
      { name, shapes: [[3, 4]], run: (a) => normalise(a!, { eps: 0.1 }), oracle: (a) => rows(a!) },
      {
        name: `${name} with a weight`,
        shapes: [[3, 4], [4]],
        run: (a, weight) => normalise(a!, { weight, eps: 0.1 }),
        oracle: (a, weight) => rows(a!, weight),
      },
      ...(centred
        ? [
            {
              name: `${name} with a weight and a bias`,
              shapes: [[3, 4], [4], [4]],
              run: (a?: Tensor, weight?: Tensor, bias?: Tensor) => normalise(a!, { weight, bias, eps: 0.1 }),
              oracle: (a?: Float64Array, weight?: Float64Array, bias?: Float64Array) => rows(a!, weight, bias),
            },
            {
              name: `${name} with a bias alone`,
              shapes: [[3, 4], [4]],
              run: (a?: Tensor, bias?: Tensor) => normalise(a!, { bias, eps: 0.1 }),
              oracle: (a?: Float64Array, bias?: Float64Array) => rows(a!, undefined, bias),
            },
          ]
        : []),
    ];
  }),
];
