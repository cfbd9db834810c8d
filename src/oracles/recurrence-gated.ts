/**
 * Gated linear recurrences step by step in float64, from their definition, with gradients by the chain rule:
 *
 *   S_t = Diag(a_t) S_(t-1) + k_t v_t^T,   o_t = scale S_t^T q_t
 *   exclusive:                             o_t = scale (S_(t-1) + Diag(u) k_t v_t^T)^T q_t
 *
 * Everything is [B, T, H, D] row-major; states are [N, HV, K, V]. `factor` is a_t [B, T, HV, K], decays already taken to factors.
 */
export interface GatedInput {
  readonly batch: number;
  readonly steps: number;
  readonly heads: number;
  readonly valueHeads: number;
  readonly channels: number;
  readonly columns: number;
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly factor: Float64Array;
  readonly scale: number;
  readonly exclusive?: boolean;
  /** u [H, K], zeros by default. */
  readonly bonus?: Float64Array;
  readonly initialState?: Float64Array;
  /** [batch entry, first step, steps] of every sequence; the entries of the batch by default. */
  readonly sequences?: readonly (readonly [number, number, number])[];
  readonly reverse?: boolean;
}

export interface GatedResult {
  readonly o: Float64Array;
  readonly state: Float64Array;
}

export interface GatedGradients {
  readonly dq: Float64Array;
  readonly dk: Float64Array;
  readonly dv: Float64Array;
  /** With respect to the factors, [B, T, HV, K]. */
  readonly dFactor: Float64Array;
  readonly dBonus: Float64Array;
  readonly dInitialState: Float64Array;
}

/** Where the rows of one step of one value head begin. */
interface Step {
  readonly q: number;
  readonly v: number;
  readonly factor: number;
}

interface Chain {
  readonly keyHead: number;
  readonly state: number;
  /** In the order in which they run. */
  readonly steps: readonly Step[];
}

function chainsOf(input: GatedInput): Chain[] {
  const { batch, steps, heads, valueHeads, channels, columns, reverse = false } = input;
  const sequences = input.sequences ?? Array.from({ length: batch }, (_, b) => [b, 0, steps] as const);
  return sequences.flatMap(([b, first, count], n) =>
    Array.from({ length: valueHeads }, (_, head): Chain => {
      const keyHead = Math.floor((head * heads) / valueHeads);
      const order = Array.from({ length: count }, (_, i) => {
        const row = b * steps + first + (reverse ? count - 1 - i : i);
        const at = row * valueHeads + head;
        return { q: (row * heads + keyHead) * channels, v: at * columns, factor: at * channels };
      });
      return { keyHead, state: (n * valueHeads + head) * channels * columns, steps: order };
    }),
  );
}

/** The states before each step and after the last one. */
function statesOf(input: GatedInput, chain: Chain): Float64Array[] {
  const { channels, columns, k, v, factor, initialState } = input;
  const size = channels * columns;
  const states = [initialState?.slice(chain.state, chain.state + size) ?? new Float64Array(size)];
  for (const at of chain.steps) {
    const before = states.at(-1) as Float64Array;
    states.push(
      before.map((s, i) => {
        const [c, j] = [Math.floor(i / columns), i % columns];
        return factor[at.factor + c]! * s + k[at.q + c]! * v[at.v + j]!;
      }),
    );
  }
  return states;
}

const sequenceCount = ({ sequences, batch }: GatedInput) => sequences?.length ?? batch;

export function gatedOracle(input: GatedInput): GatedResult {
  const { valueHeads, channels, columns, q, k, v, scale, exclusive = false, bonus } = input;
  const o = new Float64Array(v.length);
  const state = new Float64Array(sequenceCount(input) * valueHeads * channels * columns);
  for (const chain of chainsOf(input)) {
    const states = statesOf(input, chain);
    chain.steps.forEach((at, t) => {
      const read = states[exclusive ? t : t + 1] as Float64Array;
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let c = 0; c < channels; c++) {
          const own = exclusive ? (bonus?.[chain.keyHead * channels + c] ?? 0) * k[at.q + c]! * v[at.v + j]! : 0;
          sum += q[at.q + c]! * (read[c * columns + j]! + own);
        }
        o[at.v + j] = scale * sum;
      }
    });
    state.set(states.at(-1) as Float64Array, chain.state);
  }
  return { o, state };
}

/** Gradients of sum(o dO) + sum(state dState); dState is zeros by default. */
export function gatedBackwardOracle(input: GatedInput, dO: Float64Array, dState?: Float64Array): GatedGradients {
  const { heads, valueHeads, channels, columns, q, k, v, factor, scale, exclusive = false, bonus } = input;
  const size = channels * columns;
  const gradients = {
    dq: new Float64Array(q.length),
    dk: new Float64Array(k.length),
    dv: new Float64Array(v.length),
    dFactor: new Float64Array(factor.length),
    dBonus: new Float64Array(heads * channels),
    dInitialState: new Float64Array(sequenceCount(input) * valueHeads * size),
  };
  for (const chain of chainsOf(input)) {
    const states = statesOf(input, chain);
    // The gradient of the state after the step.
    const d = dState?.slice(chain.state, chain.state + size) ?? new Float64Array(size);
    for (let t = chain.steps.length - 1; t >= 0; t--) {
      const at = chain.steps[t] as Step;
      const before = states[t] as Float64Array;
      const read = states[exclusive ? t : t + 1] as Float64Array;
      for (let c = 0; c < channels; c++) {
        const [qc, kc, u] = [q[at.q + c]!, k[at.q + c]!, exclusive ? (bonus?.[chain.keyHead * channels + c] ?? 0) : 0];
        let own = 0;
        for (let j = 0; j < columns; j++) {
          const [i, g, vj] = [c * columns + j, scale * dO[at.v + j]!, v[at.v + j]!];
          gradients.dq[at.q + c]! += g * (read[i]! + u * kc * vj);
          if (!exclusive) d[i]! += qc * g;
          own += g * vj;
          gradients.dk[at.q + c]! += d[i]! * vj;
          gradients.dv[at.v + j]! += d[i]! * kc + g * qc * u * kc;
          gradients.dFactor[at.factor + c]! += d[i]! * before[i]!;
          d[i]! *= factor[at.factor + c]!;
          if (exclusive) d[i]! += qc * g;
        }
        if (!exclusive) continue;
        gradients.dk[at.q + c]! += qc * u * own;
        gradients.dBonus[chain.keyHead * channels + c]! += qc * kc * own;
      }
    }
    gradients.dInitialState.set(d, chain.state);
  }
  return gradients;
}
