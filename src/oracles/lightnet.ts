/**
 * The additive recurrence of LightNet (Qin et al. 2024, arXiv 2405.21022) from its definition, one head in float64:
 *
 *   z_t = logaddexp(z_{t-1}, x_t),  S_t = e^(z_{t-1} - z_t) S_{t-1} + (e^(x_t - z_t) k_t) v_t^T,  o_t = scale q_t S_t
 *
 * per key channel; k = 1 unless given. The global form puts z_n for every z_t.
 */

export interface AdditiveInput {
  readonly time: number;
  /** Key channels and value channels. */
  readonly d: number;
  readonly e: number;
  /** [time, d]: queries and the logits of the gate. */
  readonly q: ArrayLike<number>;
  readonly x: ArrayLike<number>;
  /** [time, e] */
  readonly v: ArrayLike<number>;
  /** [time, d]; ones when absent. */
  readonly k?: ArrayLike<number> | undefined;
  readonly scale: number;
  /** [d], -Infinity for an empty channel, which is also the default. */
  readonly z0?: ArrayLike<number> | undefined;
  /** [d, e]; zeros when absent. */
  readonly s0?: ArrayLike<number> | undefined;
}

export interface AdditiveResult {
  readonly o: Float64Array;
  readonly s: Float64Array;
  readonly z: Float64Array;
}

export interface AdditiveGradients {
  readonly dq: Float64Array;
  readonly dk: Float64Array;
  readonly dx: Float64Array;
  readonly dv: Float64Array;
  readonly ds0: Float64Array;
  readonly dz0: Float64Array;
}

export function logAddExp(a: number, b: number): number {
  const [most, least] = a > b ? [a, b] : [b, a];
  return least === -Infinity ? most : most + Math.log1p(Math.exp(least - most));
}

/** e^(a - b), 0 where a is -inf: an empty prefix has no weight, whatever it is compared with. */
export function ratio(a: number, b: number): number {
  return a === -Infinity ? 0 : Math.exp(a - b);
}

const startState = ({ d, e, z0, s0 }: AdditiveInput) => ({
  s: Float64Array.from(s0 ?? new Float64Array(d * e)),
  z: Float64Array.from(z0 ?? new Float64Array(d).fill(-Infinity)),
});

/** Calls `at` after every token; s and z are the live state. */
function walk(
  input: AdditiveInput,
  at: (t: number, s: Float64Array, weight: Float64Array, decay: Float64Array) => void,
): { s: Float64Array; z: Float64Array } {
  const { time, d, e, x, v, k } = input;
  const { s, z } = startState(input);
  const [weight, decay] = [new Float64Array(d), new Float64Array(d)];
  for (let t = 0; t < time; t++) {
    for (let c = 0; c < d; c++) {
      const logit = x[t * d + c] as number;
      const next = logAddExp(z[c] as number, logit);
      decay[c] = ratio(z[c] as number, next);
      weight[c] = ratio(logit, next);
      z[c] = next;
      const key = (weight[c] as number) * (k ? (k[t * d + c] as number) : 1);
      for (let j = 0; j < e; j++) s[c * e + j] = (decay[c] as number) * s[c * e + j]! + key * (v[t * e + j] as number);
    }
    at(t, s, weight, decay);
  }
  return { s, z };
}

export function additiveOracle(input: AdditiveInput): AdditiveResult {
  const { time, d, e, q, scale } = input;
  const o = new Float64Array(time * e);
  const { s, z } = walk(input, (t, state) => {
    for (let c = 0; c < d; c++) {
      for (let j = 0; j < e; j++) o[t * e + j]! += scale * (q[t * d + c] as number) * state[c * e + j]!;
    }
  });
  return { o, s, z };
}

/** Gradients of sum(o dO) + sum(s dS) + sum(z dZ), through the recurrence backwards in time. */
export function additiveBackwardOracle(
  input: AdditiveInput,
  dO: ArrayLike<number>,
  dS?: ArrayLike<number>,
  dZ?: ArrayLike<number>,
): AdditiveGradients {
  const { time, d, e, q, v, k, scale } = input;
  const dq = new Float64Array(time * d);
  const [weights, decays] = [new Float64Array(time * d), new Float64Array(time * d)];
  const { s } = walk(input, (t, state, weight, decay) => {
    weights.set(weight, t * d);
    decays.set(decay, t * d);
    for (let c = 0; c < d; c++) {
      for (let j = 0; j < e; j++) dq[t * d + c]! += scale * state[c * e + j]! * (dO[t * e + j] as number);
    }
  });
  const [dk, dx, dv] = [new Float64Array(time * d), new Float64Array(time * d), new Float64Array(time * e)];
  // r: gradient of the state; every weight also falls with z, and n sums by how much.
  const r = Float64Array.from(dS ?? new Float64Array(d * e));
  const n = Float64Array.from({ length: d }, (_, c) => rowDot(s, r, c, e) - ((dZ?.[c] as number) ?? 0));
  for (let t = time - 1; t >= 0; t--) {
    for (let c = 0; c < d; c++) {
      const at = t * d + c;
      const key = k ? (k[at] as number) : 1;
      for (let j = 0; j < e; j++) r[c * e + j]! += scale * (q[at] as number) * (dO[t * e + j] as number);
      n[c]! += (q[at] as number) * dq[at]!;
      let along = 0;
      for (let j = 0; j < e; j++) {
        along += r[c * e + j]! * (v[t * e + j] as number);
        dv[t * e + j]! += r[c * e + j]! * weights[at]! * key;
      }
      dk[at] = weights[at]! * along;
      dx[at] = weights[at]! * (key * along - n[c]!);
      for (let j = 0; j < e; j++) r[c * e + j]! *= decays[at]!;
      n[c]! *= decays[at]!;
    }
  }
  const start = startState(input).s;
  return { dq, dk, dx, dv, ds0: r, dz0: Float64Array.from({ length: d }, (_, c) => rowDot(start, r, c, e) - n[c]!) };
}

function rowDot(a: ArrayLike<number>, b: ArrayLike<number>, row: number, width: number): number {
  let sum = 0;
  for (let j = row * width; j < (row + 1) * width; j++) sum += (a[j] as number) * (b[j] as number);
  return sum;
}

/** The global form: every query reads the last state. */
export function globalOracle(input: AdditiveInput): AdditiveResult {
  const { time, d, e, q, scale } = input;
  const result = additiveOracle(input);
  const o = new Float64Array(time * e);
  for (let t = 0; t < time; t++) {
    for (let c = 0; c < d; c++) {
      for (let j = 0; j < e; j++) o[t * e + j]! += scale * (q[t * d + c] as number) * result.s[c * e + j]!;
    }
  }
  return { ...result, o };
}

/** Its gradients: what the queries want of the last state is a gradient of that state, and dq reads it. */
export function globalBackwardOracle(
  input: AdditiveInput,
  dO: ArrayLike<number>,
  dS?: ArrayLike<number>,
  dZ?: ArrayLike<number>,
): AdditiveGradients {
  const { time, d, e, q, scale } = input;
  const { s } = additiveOracle(input);
  const ofState = Float64Array.from(dS ?? new Float64Array(d * e));
  const dq = new Float64Array(time * d);
  for (let t = 0; t < time; t++) {
    for (let c = 0; c < d; c++) {
      for (let j = 0; j < e; j++) {
        const g = scale * (dO[t * e + j] as number);
        dq[t * d + c]! += g * s[c * e + j]!;
        ofState[c * e + j]! += g * (q[t * d + c] as number);
      }
    }
  }
  const silent = { ...input, q: new Float64Array(time * d) };
  return { ...additiveBackwardOracle(silent, new Float64Array(time * e), ofState, dZ), dq };
}

/**
 * Two scans of a multiplicative decay, one head, from the sums: a token s weighs b_s times the product of 1 - b over the tokens
 * between it and the reader t, t included where s comes before it; b = sigmoid(x).
 */
export function twoScansOracle({ time, d, e, q, x, v, scale }: AdditiveInput): Float64Array {
  const o = new Float64Array(time * e);
  const b = Float64Array.from({ length: time * d }, (_, i) => 1 / (1 + Math.exp(-(x[i] as number))));
  for (let t = 0; t < time; t++) {
    for (let c = 0; c < d; c++) {
      const read = (s: number, decay: number) => {
        const weight = scale * (q[t * d + c] as number) * (b[s * d + c] as number) * decay;
        for (let j = 0; j < e; j++) o[t * e + j]! += weight * (v[s * e + j] as number);
      };
      for (let s = t, decay = 1; s >= 0; s--) {
        read(s, decay);
        decay *= 1 - (b[s * d + c] as number);
      }
      for (let s = t + 1, decay = 1; s < time; s++) {
        read(s, decay);
        decay *= 1 - (b[s * d + c] as number);
      }
    }
  }
  return o;
}
