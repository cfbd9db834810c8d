/** Gradients of attention whose products are any scalar function, in double precision: the chain rule, term by term. */
import type { HeadOracle } from "./l-mul-attention.js";

/** What one product passes back to its first operand x, given the gradient that reaches it; swap x and y for the other. */
export type Backward = (gradient: number, x: number, y: number) => number;

export interface HeadGradients {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
}

/** `gradient` is that of the result, [rows, dv]. */
export function lmulAttentionGradientsOracle(
  { q, k, v, rows, keys, d, dv, scale = d ** -0.5, causal = false, keep, product }: HeadOracle,
  gradient: ArrayLike<number>,
  backward: Backward,
): HeadGradients {
  const at = (x: ArrayLike<number>, i: number): number => x[i] as number;
  const result = { q: new Float64Array(rows * d), k: new Float64Array(keys * d), v: new Float64Array(keys * dv) };
  for (let i = 0; i < rows; i++) {
    const seen = Array.from({ length: keys }, (_, j) => j).filter(
      (j) => (!causal || j <= i + keys - rows) && (keep === undefined || at(keep, j) !== 0),
    );
    const scores = seen.map((j) => {
      let sum = 0;
      for (let c = 0; c < d; c++) sum += product(at(q, i * d + c), at(k, j * d + c));
      return sum * scale;
    });
    const largest = Math.max(...scores);
    const exponentials = scores.map((s) => Math.exp(s - largest));
    const total = exponentials.reduce((sum, e) => sum + e, 0);
    const weights = exponentials.map((e) => Math.fround(e / total));
    const toWeights = seen.map((j, index) => {
      let sum = 0;
      for (let c = 0; c < dv; c++) {
        const [up, w, y] = [at(gradient, i * dv + c), weights[index] as number, at(v, j * dv + c)];
        sum += backward(up, w, y);
        result.v[j * dv + c]! += backward(up, y, w);
      }
      return sum;
    });
    const mean = toWeights.reduce((sum, g, index) => sum + g * (weights[index] as number), 0);
    seen.forEach((j, index) => {
      const toScore = (weights[index] as number) * ((toWeights[index] as number) - mean) * scale;
      for (let c = 0; c < d; c++) {
        const [x, y] = [at(q, i * d + c), at(k, j * d + c)];
        result.q[i * d + c]! += backward(toScore, x, y);
        result.k[j * d + c]! += backward(toScore, y, x);
      }
    });
  }
  return result;
}
