/** Attention with any scalar product in place of multiplication, sums and softmax in double precision. */
import type { ProductOracle } from "./l-mul.js";

/** One head: q [rows, d], k [keys, d], v [keys, dv]. */
export interface HeadOracle {
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly rows: number;
  readonly keys: number;
  readonly d: number;
  readonly dv: number;
  readonly scale?: number;
  readonly causal?: boolean;
  /** Keys with 0 are seen by no row. */
  readonly keep?: ArrayLike<number>;
  readonly product: ProductOracle;
  /** What a weight becomes before its products; the identity by default. */
  readonly weight?: (w: number) => number;
}

export interface AttentionOracle {
  readonly values: Float64Array;
  /** sum |term| of the second product. */
  readonly magnitude: Float64Array;
  /** What the second product may be off by when every weight is off by 16 parts in 2^24, cut weights included. */
  readonly slack: Float64Array;
}

const RELATIVE = 16 * 2 ** -24;

export function lmulAttentionOracle(head: HeadOracle): AttentionOracle {
  const { q, k, v, rows, keys, d, dv, scale = d ** -0.5, causal = false, keep, product } = head;
  const weightOf = head.weight ?? ((w: number) => w);
  const at = (x: ArrayLike<number>, i: number): number => x[i] as number;
  const [values, magnitude, slack] = [0, 1, 2].map(() => new Float64Array(rows * dv)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
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
    seen.forEach((j, index) => {
      const exact = (exponentials[index] as number) / total;
      const [below, weight, above] = [1 - RELATIVE, 1, 1 + RELATIVE].map((f) => weightOf(Math.fround(exact * f)));
      for (let c = 0; c < dv; c++) {
        const y = at(v, j * dv + c);
        const term = product(weight as number, y);
        const spread = Math.abs(product(above as number, y) - product(below as number, y));
        values[i * dv + c]! += term;
        magnitude[i * dv + c]! += Math.abs(term);
        slack[i * dv + c]! += spread;
      }
    });
  }
  return { values, magnitude, slack };
}

/** |a - b| / |b| in the Frobenius norm. */
export function relativeFrobenius(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    norm += (b[i] as number) ** 2;
  }
  return Math.sqrt(difference / norm);
}
