/**
 * The recurrence of a diagonal plus a matrix of rank one from its definition, step by step in float64, and its gradients by the
 * reverse recurrence. Arrays are row-major: q, k, a, b [B, T, H, K], v and o [B, T, HV, V], gate [B, T, HV, K], states [B, HV, K, V].
 *
 *   S_t = (diag(e^g_t) + b_t a_t^T) S_(t-1) + k_t v_t^T,   o_t = scale S_t^T q_t
 */

export interface LowRankOracleInput {
  readonly batch: number;
  readonly steps: number;
  readonly heads: number;
  /** A multiple of heads: value head j reads key head floor(j heads / valueHeads). */
  readonly valueHeads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
}

export interface LowRankOracleOptions {
  /** Log-decays; -Infinity forgets a channel. */
  gate?: ArrayLike<number>;
  initialState?: ArrayLike<number>;
  /** K^-1/2 by default. */
  scale?: number;
}

export interface LowRankOracleGradients {
  readonly dq: Float64Array;
  readonly dk: Float64Array;
  readonly dv: Float64Array;
  readonly da: Float64Array;
  readonly db: Float64Array;
  /** Empty without a gate. */
  readonly dGate: Float64Array;
  readonly dInitialState: Float64Array;
}

/** One value head of one batch entry: where its rows begin, and its states S_0 .. S_T. */
interface Head {
  readonly state: number;
  readonly history: Float64Array[];
  key(t: number): number;
  value(t: number): number;
  gate(t: number): number;
}

function* headsOf(input: LowRankOracleInput, options: LowRankOracleOptions): Generator<Head> {
  const { batch, steps, heads, valueHeads, keyWidth, valueWidth, k, v, b } = input;
  for (let entry = 0; entry < batch; entry++) {
    for (let j = 0; j < valueHeads; j++) {
      const head = Math.floor((j * heads) / valueHeads);
      const size = keyWidth * valueWidth;
      const own: Head = {
        state: (entry * valueHeads + j) * size,
        history: [],
        key: (t) => ((entry * steps + t) * heads + head) * keyWidth,
        value: (t) => ((entry * steps + t) * valueHeads + j) * valueWidth,
        gate: (t) => ((entry * steps + t) * valueHeads + j) * keyWidth,
      };
      let state = Float64Array.from({ length: size }, (_, x) => options.initialState?.[own.state + x] ?? 0);
      own.history.push(state);
      for (let t = 0; t < steps; t++) {
        const [key, value] = [own.key(t), own.value(t)];
        const read = readState(input, state, input.a, key);
        state = state.map((x, at) => {
          const [d, c] = [Math.floor(at / valueWidth), at % valueWidth];
          const written =
            (b[key + d] as number) * (read[c] as number) + (k[key + d] as number) * (v[value + c] as number);
          return decayOf(options, own.gate(t) + d) * x + written;
        });
        own.history.push(state);
      }
      yield own;
    }
  }
}

function decayOf({ gate }: LowRankOracleOptions, at: number): number {
  return gate ? Math.exp(gate[at] as number) : 1;
}

/** S^T x: [V] for a row of key channels that begins at `from`. */
function readState(
  { keyWidth, valueWidth }: LowRankOracleInput,
  state: Float64Array,
  x: ArrayLike<number>,
  from: number,
): Float64Array {
  const out = new Float64Array(valueWidth);
  for (let d = 0; d < keyWidth; d++) {
    for (let c = 0; c < valueWidth; c++) out[c]! += (x[from + d] as number) * (state[d * valueWidth + c] as number);
  }
  return out;
}

export function lowRankOracle(
  input: LowRankOracleInput,
  options: LowRankOracleOptions = {},
): { o: Float64Array; state: Float64Array } {
  const { batch, steps, valueHeads, keyWidth, valueWidth, q } = input;
  const scale = options.scale ?? keyWidth ** -0.5;
  const o = new Float64Array(batch * steps * valueHeads * valueWidth);
  const state = new Float64Array(batch * valueHeads * keyWidth * valueWidth);
  for (const head of headsOf(input, options)) {
    for (let t = 0; t < steps; t++) {
      const read = readState(input, head.history[t + 1] as Float64Array, q, head.key(t));
      o.set(
        read.map((x) => scale * x),
        head.value(t),
      );
    }
    state.set(head.history[steps] as Float64Array, head.state);
  }
  return { o, state };
}

/** Gradients of sum(o dO) + sum(state dState). */
export function lowRankBackwardOracle(
  input: LowRankOracleInput,
  dO: ArrayLike<number>,
  dState: ArrayLike<number> | undefined,
  options: LowRankOracleOptions = {},
): LowRankOracleGradients {
  const { batch, steps, valueHeads, keyWidth, valueWidth, q, k, v, a, b } = input;
  const scale = options.scale ?? keyWidth ** -0.5;
  const gradients: LowRankOracleGradients = {
    dq: new Float64Array(q.length),
    dk: new Float64Array(k.length),
    dv: new Float64Array(v.length),
    da: new Float64Array(a.length),
    db: new Float64Array(b.length),
    dGate: new Float64Array(options.gate?.length ?? 0),
    dInitialState: new Float64Array(batch * valueHeads * keyWidth * valueWidth),
  };
  const { dq, dk, dv, da, db, dGate, dInitialState } = gradients;
  for (const head of headsOf(input, options)) {
    const dS = Float64Array.from({ length: keyWidth * valueWidth }, (_, x) => dState?.[head.state + x] ?? 0);
    for (let t = steps - 1; t >= 0; t--) {
      const [before, after] = [head.history[t] as Float64Array, head.history[t + 1] as Float64Array];
      const [key, value] = [head.key(t), head.value(t)];
      const read = readState(input, before, a, key);
      for (let d = 0; d < keyWidth; d++) {
        for (let c = 0; c < valueWidth; c++) {
          const g = scale * (dO[value + c] as number);
          dq[key + d]! += (after[d * valueWidth + c] as number) * g;
          dS[d * valueWidth + c]! += (q[key + d] as number) * g;
        }
      }
      const dRead = readState(input, dS, b, key);
      const byValue = readState(input, dS, k, key);
      for (let c = 0; c < valueWidth; c++) dv[value + c]! += byValue[c] as number;
      for (let d = 0; d < keyWidth; d++) {
        const decay = decayOf(options, head.gate(t) + d);
        let dDecay = 0;
        for (let c = 0; c < valueWidth; c++) {
          const at = d * valueWidth + c;
          const [g, old] = [dS[at] as number, before[at] as number];
          dk[key + d]! += g * (v[value + c] as number);
          db[key + d]! += g * (read[c] as number);
          da[key + d]! += old * (dRead[c] as number);
          dDecay += g * old;
          dS[at] = decay * g + (a[key + d] as number) * (dRead[c] as number);
        }
        if (options.gate) dGate[head.gate(t) + d]! += decay * dDecay;
      }
    }
    dInitialState.set(dS, head.state);
  }
  return gradients;
}
