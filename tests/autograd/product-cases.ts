/** Calls of matmul and attention whose gradients are checked, with their oracles. */
import type { AttentionOptions, MatmulOptions, Tensor } from "../../src/index.js";
import { attention, attentionWithLse, concat, matmul, transpose } from "../../src/index.js";
import { type AttentionOracleOptions, attentionOracle } from "../../src/oracles/attention.js";
import { matmulOracle } from "../../src/oracles/matmul.js";
import type { GradientCase } from "./cases.js";

type Shapes = readonly (readonly number[])[];

function product(name: string, shapes: Shapes, options: Omit<MatmulOptions, "bias"> = {}): GradientCase {
  const { transposeA = false, transposeB = false, activation } = options;
  return {
    name,
    shapes,
    run: (a, b, bias) => matmul(a!, b!, { ...options, ...(bias ? { bias } : {}) }),
    oracle: (a, b, bias) => {
      const [x, y] = [a, b].map((values, index) => ({ shape: shapes[index]!, values: values! }));
      const given = { transposeA, transposeB, ...(bias ? { bias } : {}), ...(activation ? { activation } : {}) };
      return matmulOracle(x!, y!, given).values;
    },
  };
}

export const matmulCases: readonly GradientCase[] = [
  product("matmul", [
    [2, 3],
    [3, 4],
  ]),
  ...[true, false].flatMap((transposeA) =>
    [true, false].map((transposeB) =>
      product(
        `matmul, transposes ${transposeA}, ${transposeB}, a batch`,
        [transposeA ? [2, 3, 2] : [2, 2, 3], transposeB ? [2, 4, 3] : [2, 3, 4], [4]],
        { transposeA, transposeB },
      ),
    ),
  ),
  product("matmul of a batch with shared weights", [[2, 2, 3], [3, 4], [4]]),
  product("matmul of a batch with shared weights, stored transposed", [[3, 2, 3], [2, 3], [2]], { transposeB: true }),
  product("matmul of shared rows with a batch", [
    [2, 3],
    [2, 3, 2],
  ]),
  product(
    "matmul of a batch stored transposed with shared weights",
    [
      [2, 3, 2],
      [3, 4],
    ],
    { transposeA: true },
  ),
  product("matmul, both broadcast", [
    [2, 1, 2, 2],
    [3, 2, 2],
  ]),
  ...(["relu", "gelu", "silu", "tanh", "sigmoid"] as const).map((activation) =>
    product(`matmul with bias and ${activation}`, [[3, 3], [3, 2], [2]], { activation }),
  ),
  product(
    "matmul with gelu, no bias",
    [
      [2, 3],
      [3, 2],
    ],
    { activation: "gelu" },
  ),
];

const [batch, heads, kvHeads, rows, keys, d, dv] = [1, 2, 1, 3, 4, 2, 3] as const;
const operands: Shapes = [
  [batch, heads, rows, d],
  [batch, kvHeads, keys, d],
  [batch, kvHeads, keys, dv],
];

/** q, k and v head-first, and the bias and sinks as far as there are shapes for them. */
function oracle(options: AttentionOracleOptions, extra: readonly ("bias" | "sinks")[]) {
  return (...values: Float64Array[]) => {
    const [q, k, v] = values as [Float64Array, Float64Array, Float64Array];
    const given = Object.fromEntries(extra.map((name, index) => [name, values[3 + index]!]));
    const { bias, sinks } = given as { bias?: Float64Array; sinks?: Float64Array };
    return attentionOracle(
      { batch, heads, kvHeads, rows, keys, d, dv, q, k, v },
      { ...options, ...(bias ? { bias: (_b, _h, i, j) => bias[i * keys + j]! } : {}), ...(sinks ? { sinks } : {}) },
    );
  };
}

interface Attention {
  readonly name: string;
  readonly options?: AttentionOptions;
  readonly oracleOptions?: AttentionOracleOptions;
  readonly extra?: readonly ("bias" | "sinks")[];
}

const attentions: readonly Attention[] = [
  { name: "plain" },
  { name: "causal, with a scale", options: { causal: true, scale: 0.8 }, oracleOptions: { causal: true, scale: 0.8 } },
  {
    name: "a soft cap, a bias and sinks",
    options: { softCap: 1.5 },
    oracleOptions: { softCap: 1.5 },
    extra: ["bias", "sinks"],
  },
  { name: "a window", options: { window: [1, 0] }, oracleOptions: { window: { left: 1, right: 0 } } },
];

const optionalShapes = { bias: [rows, keys], sinks: [heads] };

const withExtra = (
  options: AttentionOptions,
  extra: readonly string[],
  given: readonly Tensor[],
): AttentionOptions => ({
  ...options,
  ...Object.fromEntries(extra.map((name, index) => [name, given[index]])),
});

export const attentionCases: readonly GradientCase[] = attentions.flatMap((one): GradientCase[] => {
  const { name, options = {}, oracleOptions = {}, extra = [] } = one;
  const shapes = [...operands, ...extra.map((which) => optionalShapes[which])];
  const expected = oracle(oracleOptions, extra);
  const swap = (x: Tensor) => transpose(x, { axes: [0, 2, 1, 3] });
  return [
    {
      name: `attention: ${name}`,
      shapes,
      run: (q, k, v, ...rest) => attention(q!, k!, v!, withExtra({ ...options, layout: "bhtd" }, extra, rest)),
      oracle: (...values) => expected(...values).o,
    },
    {
      name: `attentionWithLse, time first: ${name}`,
      shapes,
      run: (q, k, v, ...rest) => {
        const { o } = attentionWithLse(swap(q!), swap(k!), swap(v!), withExtra(options, extra, rest));
        return swap(o);
      },
      oracle: (...values) => expected(...values).o,
    },
    ...(["bhtd", "bthd"] as const).map(
      (layout): GradientCase => ({
        name: `attentionWithLse and its log-sum-exp, ${layout}: ${name}`,
        shapes,
        run: (...all) => {
          const [q, k, v] = all.slice(0, 3).map((x) => (layout === "bthd" ? swap(x) : x)) as [Tensor, Tensor, Tensor];
          const { o, lse } = attentionWithLse(q, k, v, withExtra({ ...options, layout }, extra, all.slice(3)));
          return concat([(layout === "bthd" ? swap(o) : o).reshape([-1]), lse.reshape([-1])]);
        },
        oracle: (...values) => {
          const { o, lse } = expected(...values);
          return [...o, ...lse];
        },
      }),
    ),
  ];
});
