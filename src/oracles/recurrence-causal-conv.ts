/**
 * Causal depthwise convolution with a state from its definition, in float64: s = (state, x) along time,
 *   pre_t = bias + sum_j w_j s_(t+j),  y = pre, or silu(pre);  the new state is the last width - 1 elements of s.
 * x, y [B, C, L], weight [C, width], bias [C], states [B, C, width - 1].
 */
export interface CausalConvInput {
  readonly batch: number;
  readonly channels: number;
  readonly steps: number;
  readonly width: number;
  readonly x: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
  readonly bias?: ArrayLike<number>;
  readonly state?: ArrayLike<number>;
  readonly silu?: boolean;
}

export interface CausalConvGradients {
  readonly dx: Float64Array;
  readonly dWeight: Float64Array;
  readonly dBias: Float64Array;
  readonly dState: Float64Array;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** One channel of one entry: the state and then its steps, and the sums before the activation. */
function channelOf({ channels, steps, width, x, weight, bias, state }: CausalConvInput, b: number, c: number) {
  const row = b * channels + c;
  const sequence = Float64Array.from({ length: width - 1 + steps }, (_, s) =>
    s < width - 1 ? (state?.[row * (width - 1) + s] ?? 0) : (x[row * steps + s - (width - 1)] as number),
  );
  const sums = Float64Array.from({ length: steps }, (_, t) => {
    let sum = bias?.[c] ?? 0;
    for (let j = 0; j < width; j++) sum += (weight[c * width + j] as number) * (sequence[t + j] as number);
    return sum;
  });
  return { row, sequence, sums };
}

export function causalConvOracle(input: CausalConvInput): { y: Float64Array; state: Float64Array } {
  const { batch, channels, steps, width } = input;
  const y = new Float64Array(batch * channels * steps);
  const state = new Float64Array(batch * channels * (width - 1));
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      const { row, sequence, sums } = channelOf(input, b, c);
      y.set(
        sums.map((sum) => (input.silu ? sum * sigmoid(sum) : sum)),
        row * steps,
      );
      state.set(sequence.subarray(steps), row * (width - 1));
    }
  }
  return { y, state };
}

/** Gradients of sum(y dY) + sum(new state dNew). */
export function causalConvBackwardOracle(
  input: CausalConvInput,
  dY: ArrayLike<number>,
  dNew?: ArrayLike<number>,
): CausalConvGradients {
  const { batch, channels, steps, width, weight } = input;
  const dx = new Float64Array(batch * channels * steps);
  const dWeight = new Float64Array(channels * width);
  const dBias = new Float64Array(channels);
  const dState = new Float64Array(batch * channels * (width - 1));
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      const { row, sequence, sums } = channelOf(input, b, c);
      const dSequence = new Float64Array(sequence.length);
      for (let s = 0; s < width - 1; s++) dSequence[steps + s]! += dNew?.[row * (width - 1) + s] ?? 0;
      for (let t = 0; t < steps; t++) {
        const sum = sums[t] as number;
        const s = sigmoid(sum);
        const g = (dY[row * steps + t] as number) * (input.silu ? s * (1 + sum * (1 - s)) : 1);
        dBias[c]! += g;
        for (let j = 0; j < width; j++) {
          dWeight[c * width + j]! += g * (sequence[t + j] as number);
          dSequence[t + j]! += g * (weight[c * width + j] as number);
        }
      }
      dState.set(dSequence.subarray(0, width - 1), row * (width - 1));
      dx.set(dSequence.subarray(width - 1), row * steps);
    }
  }
  return { dx, dWeight, dBias, dState };
}
