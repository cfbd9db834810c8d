/**
 * Mamba's selective scan from its definition, one step after the other in float64, and its gradients by the reverse recurrence
 * (Gu and Dao, arXiv 2312.00752; eigenvalues in [-1, 1]: Grazzi et al., arXiv 2411.12537).
 *
 *   h = f(dt A) h + dt B u,   y = C h + D u,   out = y silu(z);   f(x) = e^x, or 2 e^x - 1 with negative eigenvalues.
 */

export interface SelectiveScanInput {
  readonly batch: number;
  readonly channels: number;
  readonly states: number;
  readonly steps: number;
  /** Divides channels; neighbours share b and c. */
  readonly groups: number;
  /** [B, D, L] */
  readonly u: ArrayLike<number>;
  /** [B, D, L] */
  readonly delta: ArrayLike<number>;
  /** [D, N] */
  readonly a: ArrayLike<number>;
  /** [B, G, N, L], or [D, N] when it is the same at every step. */
  readonly b: ArrayLike<number>;
  readonly c: ArrayLike<number>;
  readonly constantB?: boolean;
  readonly constantC?: boolean;
  /** [D] */
  readonly d?: ArrayLike<number>;
  /** [B, D, L] */
  readonly z?: ArrayLike<number>;
  /** [D] */
  readonly deltaBias?: ArrayLike<number>;
  readonly softplus?: boolean;
  readonly negativeEigenvalues?: boolean;
  /** [B, D, N] */
  readonly initialState?: ArrayLike<number>;
}

export interface SelectiveScanGradients {
  readonly du: Float64Array;
  readonly dDelta: Float64Array;
  readonly dA: Float64Array;
  readonly dB: Float64Array;
  readonly dC: Float64Array;
  readonly dD: Float64Array;
  readonly dZ: Float64Array;
  readonly dDeltaBias: Float64Array;
  readonly dInitialState: Float64Array;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => (x > 20 ? x : Math.log1p(Math.exp(x)));

/** What one step of one channel reads, and where its gradients belong. */
function stepOf(input: SelectiveScanInput, b: number, d: number, t: number) {
  const { channels, states, steps, groups, u, delta, deltaBias, z } = input;
  const at = (b * channels + d) * steps + t;
  const raw = (delta[at] as number) + (deltaBias?.[d] ?? 0);
  const group = b * groups + Math.floor((d * groups) / channels);
  const varying = (n: number) => (group * states + n) * steps + t;
  const constant = (n: number) => d * states + n;
  return {
    at,
    raw,
    dt: input.softplus ? softplus(raw) : raw,
    u: u[at] as number,
    z: z?.[at] as number | undefined,
    ofB: input.constantB ? constant : varying,
    ofC: input.constantC ? constant : varying,
  };
}

/** e^(dt A), the coefficient of the state, and the coefficient's derivative by dt A. */
function coefficient({ negativeEigenvalues }: SelectiveScanInput, x: number): { value: number; slope: number } {
  const e = Math.exp(x);
  return negativeEigenvalues ? { value: 2 * e - 1, slope: 2 * e } : { value: e, slope: e };
}

/** States h_0 .. h_L of one channel, [L + 1][N]. */
function statesOf(input: SelectiveScanInput, b: number, d: number): Float64Array[] {
  const { channels, states, steps, a, initialState } = input;
  const first = (b * channels + d) * states;
  const history = [Float64Array.from({ length: states }, (_, n) => initialState?.[first + n] ?? 0)];
  for (let t = 0; t < steps; t++) {
    const { dt, u, ofB } = stepOf(input, b, d, t);
    const before = history[t] as Float64Array;
    history.push(
      before.map((h, n) => {
        const { value } = coefficient(input, dt * (a[d * states + n] as number));
        return value * h + dt * (input.b[ofB(n)] as number) * u;
      }),
    );
  }
  return history;
}

/** y before the gate. */
function readOut(input: SelectiveScanInput, d: number, step: ReturnType<typeof stepOf>, h: Float64Array): number {
  return h.reduce((sum, x, n) => sum + x * (input.c[step.ofC(n)] as number), (input.d?.[d] ?? 0) * step.u);
}

/** y [B, D, L] and the last state [B, D, N]. */
export function selectiveScanOracle(input: SelectiveScanInput): { y: Float64Array; state: Float64Array } {
  const { batch, channels, states, steps } = input;
  const y = new Float64Array(batch * channels * steps);
  const state = new Float64Array(batch * channels * states);
  for (let b = 0; b < batch; b++) {
    for (let d = 0; d < channels; d++) {
      const history = statesOf(input, b, d);
      for (let t = 0; t < steps; t++) {
        const step = stepOf(input, b, d, t);
        const value = readOut(input, d, step, history[t + 1] as Float64Array);
        y[step.at] = step.z === undefined ? value : value * step.z * sigmoid(step.z);
      }
      state.set(history[steps] as Float64Array, (b * channels + d) * states);
    }
  }
  return { y, state };
}

/** Gradients of sum(y * dY) + sum(state * dState). */
export function selectiveScanBackwardOracle(
  input: SelectiveScanInput,
  dY: ArrayLike<number>,
  dState?: ArrayLike<number>,
): SelectiveScanGradients {
  const { batch, channels, states, steps, a } = input;
  const sized = (length: number) => new Float64Array(length);
  const gradients = {
    du: sized(batch * channels * steps),
    dDelta: sized(batch * channels * steps),
    dA: sized(channels * states),
    dB: sized(input.b.length),
    dC: sized(input.c.length),
    dD: sized(channels),
    dZ: sized(batch * channels * steps),
    dDeltaBias: sized(channels),
    dInitialState: sized(batch * channels * states),
  };
  for (let b = 0; b < batch; b++) {
    for (let d = 0; d < channels; d++) {
      const history = statesOf(input, b, d);
      const first = (b * channels + d) * states;
      // The gradient of h_t that comes from later steps.
      const carry = Float64Array.from({ length: states }, (_, n) => dState?.[first + n] ?? 0);
      for (let t = steps - 1; t >= 0; t--) {
        const step = stepOf(input, b, d, t);
        const { at, dt, u, raw, z, ofB, ofC } = step;
        const [before, after] = [history[t] as Float64Array, history[t + 1] as Float64Array];
        let g = dY[at] as number;
        if (z !== undefined) {
          const s = sigmoid(z);
          gradients.dZ[at] = g * readOut(input, d, step, after) * s * (1 + z * (1 - s));
          g *= z * s;
        }
        let dDt = 0;
        gradients.du[at] = g * (input.d?.[d] ?? 0);
        gradients.dD[d]! += g * u;
        for (let n = 0; n < states; n++) {
          const rate = a[d * states + n] as number;
          const { value, slope } = coefficient(input, dt * rate);
          const write = input.b[ofB(n)] as number;
          const lambda = (carry[n] as number) + g * (input.c[ofC(n)] as number);
          const past = lambda * slope * (before[n] as number);
          gradients.dC[ofC(n)]! += g * (after[n] as number);
          gradients.dB[ofB(n)]! += lambda * dt * u;
          gradients.dA[d * states + n]! += past * dt;
          gradients.du[at]! += lambda * dt * write;
          dDt += lambda * write * u + past * rate;
          carry[n] = value * lambda;
        }
        gradients.dDelta[at] = input.softplus ? dDt * sigmoid(raw) : dDt;
        gradients.dDeltaBias[d]! += gradients.dDelta[at] as number;
      }
      gradients.dInitialState.set(carry, first);
    }
  }
  return gradients;
}
