/**
 * Softmax attention from its definition, dense and in float64. Arrays are head-first: q [B, H, Tq, D], k [B, Hkv, Tk, D],
 * v [B, Hkv, Tk, Dv], one row of scores at a time.
 */

export interface AttentionOracleInput {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly rows: number;
  readonly keys: number;
  readonly d: number;
  readonly dv: number;
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
}

export interface AttentionOracleOptions {
  scale?: number;
  causal?: boolean;
  /** Keys a row may look back (left) and ahead (right), itself not counted. */
  window?: { left: number; right: number };
  softCap?: number;
  /** Added to the score of (batch, head, row, key). */
  bias?: (b: number, h: number, i: number, j: number) => number;
  /** ALiBi slope per head. */
  slopes?: ArrayLike<number>;
  /** A logit per head that only joins the denominator. */
  sinks?: ArrayLike<number>;
}

export interface ScoreRow {
  /** Scores after everything; -Infinity where masked. */
  readonly scores: Float64Array;
  /** d(score) / d(scale q.k): the slope of the soft-cap. */
  readonly slopes: Float64Array;
  /** Softmax weights; all 0 when no key is visible. */
  readonly weights: Float64Array;
  readonly lse: number;
}

export function scaleOf(input: AttentionOracleInput, options: AttentionOracleOptions): number {
  return options.scale ?? input.d ** -0.5;
}

/** Scores, weights and log-sum-exp of one query row. */
export function scoreRow(
  input: AttentionOracleInput,
  options: AttentionOracleOptions,
  b: number,
  h: number,
  i: number,
): ScoreRow {
  const { heads, kvHeads, rows, keys, d, q, k } = input;
  const { softCap, bias, window } = options;
  const kvHead = Math.floor((h * kvHeads) / heads);
  const position = i + keys - rows;
  const scores = new Float64Array(keys).fill(-Infinity);
  const slopes = new Float64Array(keys).fill(1);
  for (let j = 0; j < keys; j++) {
    const hidden = window && (j < position - window.left || j > position + window.right);
    if (hidden || (options.causal && j > position)) continue;
    let x = 0;
    for (let c = 0; c < d; c++) {
      x +=
        (q[((b * heads + h) * rows + i) * d + c] as number) *
        (k[((b * kvHeads + kvHead) * keys + j) * d + c] as number);
    }
    x *= scaleOf(input, options);
    if (softCap !== undefined) {
      const t = Math.tanh(x / softCap);
      slopes[j] = 1 - t * t;
      x = softCap * t;
    }
    if (bias) x += bias(b, h, i, j);
    if (options.slopes) x -= (options.slopes[h] as number) * Math.abs(position - j);
    scores[j] = x;
  }
  const sink = options.sinks ? (options.sinks[h] as number) : -Infinity;
  const top = scores.reduce((most, x) => Math.max(most, x), sink);
  if (top === -Infinity) return { scores, slopes, weights: new Float64Array(keys), lse: -Infinity };
  const total = scores.reduce((sum, x) => sum + Math.exp(x - top), Math.exp(sink - top));
  return { scores, slopes, weights: scores.map((x) => Math.exp(x - top) / total), lse: top + Math.log(total) };
}

/** o [B, H, Tq, Dv] and its log-sum-exp [B, H, Tq]; a row that sees no key gives 0 and -Infinity (with a sink: the sink). */
export function attentionOracle(input: AttentionOracleInput, options: AttentionOracleOptions = {}) {
  const { batch, heads, kvHeads, rows, keys, dv, v } = input;
  const o = new Float64Array(batch * heads * rows * dv);
  const lse = new Float64Array(batch * heads * rows);
  for (let b = 0, row = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const kvHead = Math.floor((h * kvHeads) / heads);
      for (let i = 0; i < rows; i++, row++) {
        const found = scoreRow(input, options, b, h, i);
        lse[row] = found.lse;
        for (let j = 0; j < keys; j++) {
          const weight = found.weights[j] as number;
          if (weight === 0) continue;
          const base = ((b * kvHeads + kvHead) * keys + j) * dv;
          for (let c = 0; c < dv; c++) o[row * dv + c]! += weight * (v[base + c] as number);
        }
      }
    }
  }
  return { o, lse };
}
