/** TensorFlow.js on its WebAssembly backend, one thread. */

import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

export const name = "tfjs-wasm";

let started;

async function start() {
  setThreadsCount(1);
  if (typeof document !== "undefined") setWasmPaths("/bench/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  await tf.ready();
}

/** Runs `make`; the result of the previous call is released, as a caller in a loop would. */
async function call(make) {
  started ??= start();
  await started;
  const run = make();
  return async () => {
    const result = run();
    const values = result.dataSync();
    result.dispose();
    return values;
  };
}

export function matmul(m, n, k, a, b) {
  return call(() => {
    const [x, y] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
    return () => tf.matMul(x, y);
  });
}

const functions = { exp: tf.exp, tanh: tf.tanh, sigmoid: tf.sigmoid };

export function unary(op, _n, x) {
  return call(() => {
    const input = tf.tensor1d(x);
    return () => functions[op](input);
  });
}

export function multiply(_n, x, y) {
  return call(() => {
    const [a, b] = [tf.tensor1d(x), tf.tensor1d(y)];
    return () => tf.mul(a, b);
  });
}
