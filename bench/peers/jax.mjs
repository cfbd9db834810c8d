/** jax-js on its WebAssembly backend. */
import { defaultDevice, init, jit, nn, numpy as np } from "@jax-js/jax";

export const name = "jax-js";

let started;

async function call(make) {
  started ??= init("wasm").then(() => defaultDevice("wasm"));
  await started;
  const run = make();
  return async () => {
    const result = run();
    await result.blockUntilReady();
    const done = result;
    done.dispose();
    return undefined;
  };
}

export function matmul(m, n, k, a, b) {
  return call(() => {
    const [x, y] = [np.array(a).reshape([m, k]), np.array(b).reshape([k, n])];
    const product = jit((p, q) => np.matmul(p, q));
    return () => product(x.ref, y.ref);
  });
}

export function attention(t, heads, d, q, k, v, causal) {
  return call(() => {
    const [x, y, z] = [q, k, v].map((values) => np.array(values).reshape([1, t, heads, d]));
    const run = jit((a, b, c) => nn.dotProductAttention(a, b, c, { isCausal: causal }));
    return () => run(x.ref, y.ref, z.ref);
  });
}

export function unary(op, _n, x) {
  return call(() => {
    const input = np.array(x);
    const run = jit((p) => (op === "sigmoid" ? nn.sigmoid(p) : np[op](p)));
    return () => run(input.ref);
  });
}

export function multiply(_n, x, y) {
  return call(() => {
    const [a, b] = [np.array(x), np.array(y)];
    const run = jit((p, q) => p.mul(q));
    return () => run(a.ref, b.ref);
  });
}
