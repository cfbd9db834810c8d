/** onnxruntime-web on its WebAssembly backend, one thread. */
import * as ort from "onnxruntime-web/wasm";
import { onnxModel } from "./onnx-model.mjs";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
if (typeof document !== "undefined") ort.env.wasm.wasmPaths = "/bench/node_modules/onnxruntime-web/dist/";

/** A call of a one-node model over fixed inputs. */
async function session(model, inputs) {
  const created = await ort.InferenceSession.create(onnxModel(model), { executionProviders: ["wasm"] });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, new ort.Tensor("float32", values, model.inputs[name])]),
  );
  return async () => (await created.run(feeds)).out.data;
}

export const name = "onnxruntime-web";

export function matmul(m, n, k, a, b) {
  return session({ op: "MatMul", inputs: { a: [m, k], b: [k, n] }, output: [m, n] }, { a, b });
}

/** q, k, v: [1, T, H, D], which is the [1, T, H * D] that the operator takes. */
export function attention(t, heads, d, q, k, v, causal) {
  const shape = [1, t, heads * d];
  const attributes = { num_heads: heads, ...(causal ? { unidirectional: 1 } : {}) };
  const inputs = { query: shape, key: shape, value: shape };
  const model = { op: "MultiHeadAttention", domain: "com.microsoft", inputs, output: shape, attributes };
  return session(model, { query: q, key: k, value: v });
}

/**
 * A linear recurrence from a given state; q, k, v: [1, T, H, D], decay and beta: [1, T, H] where the rule has them.
 * @param {{ rule: string, t: number, heads: number, d: number }} sizes
 */
export function linearAttention({ rule, t, heads, d }, { q, k, v, past, decay, beta }) {
  const [rows, perHead, state] = [
    [1, t, heads * d],
    [1, t, heads],
    [1, heads, d, d],
  ];
  // Inputs go by their place: an absent decay before a beta has no name.
  const inputs = {
    ...{ query: rows, key: rows, value: rows, past: state },
    ...(decay ? { decay: perHead } : beta ? { "": perHead } : {}),
    ...(beta ? { beta: perHead } : {}),
  };
  const attributes = { q_num_heads: heads, kv_num_heads: heads, update_rule: rule };
  const model = { op: "LinearAttention", domain: "com.microsoft", inputs, output: rows, state, attributes };
  const given = { query: q, key: k, value: v, past, decay, beta };
  return session(model, Object.fromEntries(Object.entries(given).filter(([, values]) => values)));
}

const unaryNames = { exp: "Exp", tanh: "Tanh", sigmoid: "Sigmoid" };

export function unary(op, n, x) {
  return session({ op: unaryNames[op], inputs: { x: [n] }, output: [n] }, { x });
}

export function multiply(n, x, y) {
  return session({ op: "Mul", inputs: { x: [n], y: [n] }, output: [n] }, { x, y });
}
