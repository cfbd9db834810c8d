/** The ONNX conventions, against the operators' definitions written out step by step. */
import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../../src/backends/contract.js";
import { cast } from "../../../src/index.js";
import { onnxCausalConvWithState, onnxLinearAttention, type UpdateRule } from "../../../src/ops/recurrence/onnx.js";
import { causalConvOracle } from "../../../src/oracles/recurrence-causal-conv.js";
import { randomArray } from "../../support/arrays.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";

interface Case {
  readonly rule: UpdateRule;
  readonly q: number;
  readonly kv: number;
  /** Heads of k; those of v by default. */
  readonly keys?: number;
  readonly perChannel?: boolean;
  /** One beta for all heads. */
  readonly oneBeta?: boolean;
  readonly scale?: number;
  readonly past?: boolean;
}

const cases: readonly Case[] = [
  { rule: "linear", q: 2, kv: 2 },
  { rule: "gated", q: 2, kv: 2, past: true, scale: 1 },
  { rule: "gated", q: 4, kv: 2, perChannel: true, past: true },
  { rule: "delta", q: 2, kv: 2, past: true },
  { rule: "gated_delta", q: 4, kv: 1, past: true, oneBeta: true },
  { rule: "gated_delta", q: 2, kv: 4, keys: 2, perChannel: true },
  { rule: "gated_delta", q: 4, kv: 4, keys: 2, past: true },
];

const [batch, steps, k, v] = [2, 7, 4, 3];

function arraysOf({ rule, q, kv, keys = kv, perChannel, oneBeta, past }: Case) {
  const values = (shape: readonly number[], seed: number, map = (x: number) => x) => ({
    shape,
    values: Float64Array.from(randomArray(shape, "f32", seed).values, (x) => Math.fround(map(x))),
  });
  return {
    query: values([batch, steps, q * k], 1),
    key: values([batch, steps, keys * k], 2, (x) => 0.5 * x),
    value: values([batch, steps, kv * v], 3),
    ...(past ? { pastState: values([batch, kv, k, v], 4) } : {}),
    ...(rule.startsWith("gated")
      ? { decay: values([batch, steps, perChannel ? kv * k : kv], 5, (x) => -0.5 * (x + 1)) }
      : {}),
    ...(rule.endsWith("delta") ? { beta: values([batch, steps, oneBeta ? 1 : kv], 6, (x) => 0.5 * (x + 1)) } : {}),
  };
}

/** The definition: one state per kv head, query heads read that of their share. */
function reference(given: Case, arrays: ReturnType<typeof arraysOf>) {
  const { rule, q, kv, keys = kv, perChannel, oneBeta } = given;
  const scale = given.scale ?? k ** -0.5;
  const heads = Math.max(q, kv);
  const output = new Float64Array(batch * steps * heads * v);
  const present = new Float64Array(batch * kv * k * v);
  for (let b = 0; b < batch; b++) {
    for (let j = 0; j < kv; j++) {
      const first = (b * kv + j) * k * v;
      let state = Float64Array.from({ length: k * v }, (_, i) => arrays.pastState?.values[first + i] ?? 0);
      for (let t = 0; t < steps; t++) {
        const row = b * steps + t;
        const decay = (d: number) => {
          if (!arrays.decay) return 1;
          return Math.exp(arrays.decay.values[perChannel ? (row * kv + j) * k + d : row * kv + j]!);
        };
        const key = (d: number) => arrays.key.values[(row * keys + Math.floor((j * keys) / kv)) * k + d]!;
        state = state.map((x, i) => x * decay(Math.floor(i / v)));
        const written = Float64Array.from({ length: v }, (_, c) => {
          const value = arrays.value.values[(row * kv + j) * v + c]!;
          if (!rule.endsWith("delta")) return value;
          let read = 0;
          for (let d = 0; d < k; d++) read += key(d) * state[d * v + c]!;
          return arrays.beta!.values[oneBeta ? row : row * kv + j]! * (value - read);
        });
        state = state.map((x, i) => x + key(Math.floor(i / v)) * written[i % v]!);
        for (let h = 0; h < heads; h++) {
          if (Math.floor((h * kv) / heads) !== j) continue;
          const query = (row * q + Math.floor((h * q) / heads)) * k;
          for (let c = 0; c < v; c++) {
            let sum = 0;
            for (let d = 0; d < k; d++) sum += arrays.query.values[query + d]! * state[d * v + c]!;
            output[(row * heads + h) * v + c] = scale * sum;
          }
        }
      }
      present.set(state, first);
    }
  }
  return { output, present };
}

describe.each(wasmBackends.slice(0, 1))("ONNX operators on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  function call(given: Case, dtype: "f32" | "f16" = "f32") {
    const arrays = arraysOf(given);
    const tensors = Object.entries(arrays).map(([name, { shape, values }]) => {
      const tensor = engine().tensor(Float32Array.from(values), { shape });
      return [name, dtype === "f16" ? cast(tensor, "f16") : tensor] as const;
    });
    const inputs = Object.fromEntries(tensors) as unknown as Parameters<typeof onnxLinearAttention>[0];
    const attributes = { qNumHeads: given.q, kvNumHeads: given.kv, updateRule: given.rule };
    return {
      arrays,
      ...onnxLinearAttention(inputs, { ...attributes, ...(given.scale === undefined ? {} : { scale: given.scale }) }),
    };
  }

  test.each(cases)("LinearAttention %j", async (given) => {
    const { arrays, output, presentState } = call(given);
    const expected = reference(given, arrays);
    expect(output.shape).toEqual([batch, steps, Math.max(given.q, given.kv) * v]);
    expect(rmsError(await output.data(), expected.output)).toBeLessThanOrEqual(1e-5);
    expect(presentState.shape).toEqual([batch, given.kv, k, v]);
    expect(rmsError(await presentState.data(), expected.present)).toBeLessThanOrEqual(1e-5);
  });

  test("a half-precision past state comes back in its dtype", async () => {
    const given = { rule: "gated", q: 4, kv: 2, past: true } as const;
    const { arrays, output, presentState } = call(given, "f16");
    expect([output.dtype, presentState.dtype]).toEqual(["f16", "f16"]);
    expect(rmsError(await presentState.data(), reference(given, arrays).present)).toBeLessThanOrEqual(3e-3);
  });

  test("CausalConvWithState", async () => {
    const shapes = { input: [2, 3, 5], weight: [3, 1, 4], bias: [3], pastState: [2, 3, 3] } as const;
    const arrays = Object.entries(shapes).map(([name, shape], i) => [name, randomArray(shape, "f32", 20 + i)] as const);
    const tensors = arrays.map(([name, { bits, shape }]) => [name, engine().tensor(bits as Float32Array, { shape })]);
    const inputs = Object.fromEntries(tensors) as Parameters<typeof onnxCausalConvWithState>[0];
    const [x, weight, bias, state] = arrays.map(([, { values }]) => values) as Float64Array[];
    const sizes = { batch: 2, channels: 3, steps: 5, width: 4, silu: true };
    const expected = causalConvOracle({ ...sizes, x: x!, weight: weight!, bias: bias!, state: state! });
    const { output, presentState } = onnxCausalConvWithState(inputs, { activation: "swish" });
    expect(rmsError(await output.data(), expected.y)).toBeLessThanOrEqual(1e-6);
    expect([...(await presentState.data())]).toEqual([...expected.state]);
  });

  test("bad input is named", () => {
    const like = (...shape: number[]) => engine().tensor(new Float32Array(shape.reduce((x, y) => x * y, 1)), { shape });
    const [query, decay, beta] = [like(1, 4, 8), like(1, 4, 2), like(1, 4, 2)];
    const given = { query, key: query, value: query };
    const heads = { qNumHeads: 2, kvNumHeads: 2 };
    const rows: [() => unknown, typeof InputError | typeof ShapeError, RegExp][] = [
      [() => onnxLinearAttention(given, { ...heads, updateRule: "gated" }), InputError, /decay is missing/],
      [() => onnxLinearAttention({ ...given, beta }, heads), InputError, /decay is missing; the rule gated_delta/],
      [
        () => onnxLinearAttention({ ...given, decay, beta }, { ...heads, updateRule: "gated" }),
        InputError,
        /beta has no use/,
      ],
      [
        () => onnxLinearAttention({ ...given, decay, beta }, { qNumHeads: 2, kvNumHeads: 3 }),
        InputError,
        /qNumHeads is 2/,
      ],
      [
        () => onnxLinearAttention({ ...given, decay, beta }, { qNumHeads: 0, kvNumHeads: 2 }),
        InputError,
        /qNumHeads is 0/,
      ],
      [() => onnxLinearAttention({ ...given, decay: query, beta: query }, heads), ShapeError, /argument beta /],
      [() => onnxLinearAttention({ ...given, decay: like(1, 4, 3), beta }, heads), ShapeError, /argument decay /],
      [
        () => onnxLinearAttention({ ...given, value: like(1, 4, 7), decay, beta }, heads),
        ShapeError,
        /argument value /,
      ],
      [
        () => onnxLinearAttention({ ...given, decay, beta, pastState: query }, heads),
        ShapeError,
        /argument pastState .*expected \[1, 2, 4, 4\]/,
      ],
      [
        () => onnxLinearAttention(given, { ...heads, updateRule: "rnn" as "gated" }),
        InputError,
        /argument updateRule is rnn/,
      ],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
  });
});
