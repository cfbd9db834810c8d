/**
 * The (gated) delta rule from its definition, token by token in float64, forward and backward (Yang et al. 2024, Siems et al.
 * 2025). Arrays are row-major and token-first: q [B, T, H, K], k [B, T n, H, K], v [B, T n, HV, V], beta [B, T n, HV], where n is
 * the number of micro-steps per token; o [B, T, HV, V]; states [B, HV, K, V].
 */

export interface DeltaOracleInput {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  /** A multiple of heads: value head j reads key head floor(j heads / valueHeads). */
  readonly valueHeads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
}

export interface DeltaOracleOptions {
  /** Micro-steps per token; 1 by default. */
  householders?: number;
  /** Log-decays, [B, T, HV] or [B, T, HV, K]; -Infinity forgets everything. */
  gate?: ArrayLike<number>;
  /** The same as factors. */
  signedGate?: ArrayLike<number>;
  initialState?: ArrayLike<number>;
  /** K^-1/2 by default. */
  scale?: number;
}

export interface DeltaOracleGradients {
  readonly dq: Float64Array;
  readonly dk: Float64Array;
  readonly dv: Float64Array;
  readonly dBeta: Float64Array;
  /** In the shape of the gate that was given, with respect to what was given; empty without one. */
  readonly dGate: Float64Array;
  readonly dInitialState: Float64Array;
}

/** Where one value head of one batch entry lies in the arrays. */
interface Walk {
  readonly input: DeltaOracleInput;
  readonly steps: number;
  readonly scale: number;
  readonly gateWidth: number;
  readonly state: number;
  q(t: number): number;
  k(t: number, j: number): number;
  v(t: number, j: number): number;
  beta(t: number, j: number): number;
  o(t: number): number;
  gate(t: number, channel: number): number;
  decay(t: number, channel: number): number;
}

function* walks(input: DeltaOracleInput, options: DeltaOracleOptions): Generator<Walk> {
  const { batch, tokens, heads, valueHeads, keyWidth, valueWidth } = input;
  const { householders: steps = 1, gate, signedGate, scale = keyWidth ** -0.5 } = options;
  const given = gate ?? signedGate;
  const gateWidth = given === undefined || given.length === batch * tokens * valueHeads ? 1 : keyWidth;
  for (let b = 0; b < batch; b++) {
    for (let j = 0; j < valueHeads; j++) {
      const head = Math.floor((j * heads) / valueHeads);
      const at = (t: number, count: number, index: number, width: number) => ((b * tokens + t) * count + index) * width;
      const micro = (t: number, i: number, count: number, index: number, width: number) =>
        (((b * tokens + t) * steps + i) * count + index) * width;
      const gateAt = (t: number, channel: number) => at(t, valueHeads, j, gateWidth) + (gateWidth === 1 ? 0 : channel);
      yield {
        input,
        steps,
        scale,
        gateWidth,
        state: (b * valueHeads + j) * keyWidth * valueWidth,
        q: (t) => at(t, heads, head, keyWidth),
        k: (t, i) => micro(t, i, heads, head, keyWidth),
        v: (t, i) => micro(t, i, valueHeads, j, valueWidth),
        beta: (t, i) => micro(t, i, valueHeads, j, 1),
        o: (t) => at(t, valueHeads, j, valueWidth),
        gate: gateAt,
        decay: (t, channel) => {
          if (gate) return Math.exp(gate[gateAt(t, channel)] as number);
          return signedGate ? (signedGate[gateAt(t, channel)] as number) : 1;
        },
      };
    }
  }
}

/** S^T x: [V] from a state [K, V] and a vector that begins at `from`. */
function readState(
  state: Float64Array,
  x: ArrayLike<number>,
  from: number,
  keys: number,
  values: number,
): Float64Array {
  const out = new Float64Array(values);
  for (let d = 0; d < keys; d++) {
    for (let c = 0; c < values; c++) out[c]! += (x[from + d] as number) * (state[d * values + c] as number);
  }
  return out;
}

/** Decays the state in place. */
function decayState(walk: Walk, t: number, state: Float64Array): void {
  const { keyWidth, valueWidth } = walk.input;
  for (let d = 0; d < keyWidth; d++) {
    const factor = walk.decay(t, d);
    for (let c = 0; c < valueWidth; c++) state[d * valueWidth + c]! *= factor;
  }
}

/** S += beta k (v - S^T k)^T in place; returns v - S^T k. */
function deltaStep(walk: Walk, t: number, i: number, state: Float64Array): Float64Array {
  const { keyWidth, valueWidth, k, v, beta } = walk.input;
  const key = walk.k(t, i);
  const error = readState(state, k, key, keyWidth, valueWidth).map((r, c) => (v[walk.v(t, i) + c] as number) - r);
  const strength = beta[walk.beta(t, i)] as number;
  for (let d = 0; d < keyWidth; d++) {
    const factor = strength * (k[key + d] as number);
    for (let c = 0; c < valueWidth; c++) state[d * valueWidth + c]! += factor * (error[c] as number);
  }
  return error;
}

function firstState(walk: Walk, { initialState }: DeltaOracleOptions): Float64Array {
  const { keyWidth, valueWidth } = walk.input;
  return Float64Array.from(
    { length: keyWidth * valueWidth },
    (_, x) => (initialState?.[walk.state + x] as number | undefined) ?? 0,
  );
}

/** o_t = scale S_t^T q_t, where S_t is S_(t-1) decayed once and then moved by each micro-step of the token. */
export function deltaOracle(
  input: DeltaOracleInput,
  options: DeltaOracleOptions = {},
): { o: Float64Array; state: Float64Array } {
  const { batch, tokens, valueHeads, keyWidth, valueWidth, q } = input;
  const o = new Float64Array(batch * tokens * valueHeads * valueWidth);
  const final = new Float64Array(batch * valueHeads * keyWidth * valueWidth);
  for (const walk of walks(input, options)) {
    const state = firstState(walk, options);
    for (let t = 0; t < tokens; t++) {
      decayState(walk, t, state);
      for (let i = 0; i < walk.steps; i++) deltaStep(walk, t, i, state);
      const read = readState(state, q, walk.q(t), keyWidth, valueWidth);
      o.set(
        read.map((x) => x * walk.scale),
        walk.o(t),
      );
    }
    final.set(state, walk.state);
  }
  return { o, state: final };
}

/** Gradients of sum(o dO) + sum(state dState); dState may be absent. */
export function deltaBackwardOracle(
  input: DeltaOracleInput,
  dO: ArrayLike<number>,
  dState: ArrayLike<number> | undefined,
  options: DeltaOracleOptions = {},
): DeltaOracleGradients {
  const gradients: DeltaOracleGradients = {
    dq: new Float64Array(input.q.length),
    dk: new Float64Array(input.k.length),
    dv: new Float64Array(input.v.length),
    dBeta: new Float64Array(input.beta.length),
    dGate: new Float64Array((options.gate ?? options.signedGate)?.length ?? 0),
    dInitialState: new Float64Array(input.batch * input.valueHeads * input.keyWidth * input.valueWidth),
  };
  for (const walk of walks(input, options)) walkBack(walk, dO, dState, options, gradients);
  return gradients;
}

function walkBack(
  walk: Walk,
  dO: ArrayLike<number>,
  dState: ArrayLike<number> | undefined,
  options: DeltaOracleOptions,
  gradients: DeltaOracleGradients,
): void {
  const { tokens, keyWidth, valueWidth, q } = walk.input;
  const { dq, dGate, dInitialState } = gradients;
  const state = firstState(walk, options);
  // The state before each token: tokens are run again from there on the way back.
  const before: Float64Array[] = [];
  for (let t = 0; t < tokens; t++) {
    before.push(state.slice());
    decayState(walk, t, state);
    for (let i = 0; i < walk.steps; i++) deltaStep(walk, t, i, state);
  }
  const dS = Float64Array.from(state, (_, x) => (dState?.[walk.state + x] as number | undefined) ?? 0);
  for (let t = tokens - 1; t >= 0; t--) {
    const old = before[t] as Float64Array;
    const states = statesOf(walk, t, old);
    const last = states[walk.steps] as Float64Array;
    for (let d = 0; d < keyWidth; d++) {
      for (let c = 0; c < valueWidth; c++) {
        const g = walk.scale * (dO[walk.o(t) + c] as number);
        dq[walk.q(t) + d]! += (last[d * valueWidth + c] as number) * g;
        dS[d * valueWidth + c]! += (q[walk.q(t) + d] as number) * g;
      }
    }
    for (let i = walk.steps - 1; i >= 0; i--) deltaStepBack(walk, t, i, states[i] as Float64Array, dS, gradients);
    for (let d = 0; d < keyWidth; d++) {
      const factor = walk.decay(t, d);
      for (let c = 0; c < valueWidth; c++) {
        const at = d * valueWidth + c;
        const byFactor = (dS[at] as number) * (old[at] as number);
        if (dGate.length > 0) dGate[walk.gate(t, d)]! += options.gate ? byFactor * factor : byFactor;
        dS[at]! *= factor;
      }
    }
  }
  dInitialState.set(dS, walk.state);
}

/** The states within a token: after the decay, and after each micro-step. */
function statesOf(walk: Walk, t: number, before: Float64Array): Float64Array[] {
  const state = before.slice();
  decayState(walk, t, state);
  const states = [state.slice()];
  for (let i = 0; i < walk.steps; i++) {
    deltaStep(walk, t, i, state);
    states.push(state.slice());
  }
  return states;
}

/** One micro-step backwards: `state` is what it began from; dS turns from the gradient after it into the one before it. */
function deltaStepBack(
  walk: Walk,
  t: number,
  i: number,
  state: Float64Array,
  dS: Float64Array,
  { dk, dv, dBeta }: DeltaOracleGradients,
): void {
  const { keyWidth, valueWidth, k, v, beta } = walk.input;
  const key = walk.k(t, i);
  const strength = beta[walk.beta(t, i)] as number;
  const read = readState(state, k, key, keyWidth, valueWidth);
  const toError = readState(dS, k, key, keyWidth, valueWidth); // dS^T k
  for (let c = 0; c < valueWidth; c++) {
    const error = (v[walk.v(t, i) + c] as number) - (read[c] as number);
    const dError = strength * (toError[c] as number);
    dv[walk.v(t, i) + c]! += dError;
    dBeta[walk.beta(t, i)]! += (toError[c] as number) * error;
    for (let d = 0; d < keyWidth; d++) {
      const at = d * valueWidth + c;
      dk[key + d]! += strength * (dS[at] as number) * error - (state[at] as number) * dError;
      dS[at]! -= (k[key + d] as number) * dError;
    }
  }
}
