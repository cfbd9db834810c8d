/** Gradients of softmax attention from the definition, dense and in float64; arrays as in the forward oracle. */
import { type AttentionOracleInput, type AttentionOracleOptions, scaleOf, scoreRow } from "./attention.js";

export interface AttentionGradients {
  readonly dq: Float64Array;
  readonly dk: Float64Array;
  readonly dv: Float64Array;
  /** [B, H, Tq, Tk]: the gradient of a bias that is not broadcast. */
  readonly dBias: Float64Array;
  /** [H] */
  readonly dSinks: Float64Array;
}

/** Gradients of sum(o * dO), dO [B, H, Tq, Dv]. */
export function attentionBackwardOracle(
  input: AttentionOracleInput,
  dO: ArrayLike<number>,
  options: AttentionOracleOptions = {},
): AttentionGradients {
  const { batch, heads, kvHeads, rows, keys, d, dv: channels, q, k, v } = input;
  const dq = new Float64Array(batch * heads * rows * d);
  const dk = new Float64Array(batch * kvHeads * keys * d);
  const dv = new Float64Array(batch * kvHeads * keys * channels);
  const dBias = new Float64Array(batch * heads * rows * keys);
  const dSinks = new Float64Array(heads);
  const scale = scaleOf(input, options);
  for (let b = 0, row = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const kvBase = (b * kvHeads + Math.floor((h * kvHeads) / heads)) * keys;
      for (let i = 0; i < rows; i++, row++) {
        const { weights, slopes, lse } = scoreRow(input, options, b, h, i);
        // dP_j = dO . v_j; the softmax subtracts their weighted mean.
        const dP = new Float64Array(keys);
        let mean = 0;
        for (let j = 0; j < keys; j++) {
          for (let c = 0; c < channels; c++) {
            const g = dO[row * channels + c] as number;
            dP[j]! += g * (v[(kvBase + j) * channels + c] as number);
            dv[(kvBase + j) * channels + c]! += (weights[j] as number) * g;
          }
          if (weights[j] !== 0) mean += (weights[j] as number) * (dP[j] as number);
        }
        if (options.sinks && lse !== -Infinity) dSinks[h]! -= Math.exp((options.sinks[h] as number) - lse) * mean;
        for (let j = 0; j < keys; j++) {
          const gradient = (weights[j] as number) * ((dP[j] as number) - mean);
          dBias[row * keys + j] = gradient;
          const inner = gradient * (slopes[j] as number) * scale;
          for (let c = 0; c < d; c++) {
            dq[row * d + c]! += inner * (k[(kvBase + j) * d + c] as number);
            dk[(kvBase + j) * d + c]! += inner * (q[row * d + c] as number);
          }
        }
      }
    }
  }
  return { dq, dk, dv, dBias, dSinks };
}
