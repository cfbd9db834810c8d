/** Matrix products from the definition, in float64: c[..., i, j] = sum_k a[..., i, k] b[..., k, j], then bias and activation. */

export interface OracleArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface MatmulOracleOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** [n] */
  bias?: ArrayLike<number>;
  activation?: keyof typeof activations;
}

export interface MatmulOracleResult {
  readonly shape: number[];
  readonly values: Float64Array;
  /** sum_k |a| |b| + |bias|: the scale of a rounding error in the sum. */
  readonly magnitudes: Float64Array;
}

/** Abramowitz and Stegun 7.1.5 below 3, the continued fraction of erfc (7.1.14) above; float64 to a few ulp. */
function erf(x: number): number {
  const t = Math.abs(x);
  if (t < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (t + fraction);
  const erfc = Math.exp(-t * t) / (Math.sqrt(Math.PI) * (t + fraction));
  return Math.sign(x) * (1 - erfc);
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const activations = {
  relu: (x: number) => Math.max(x, 0),
  gelu: (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  silu: (x: number) => x * sigmoid(x),
  tanh: Math.tanh,
  sigmoid,
};

/** Index of the operand's matrix for a batch index of the result: extents of 1 and missing axes repeat. */
function matrixIndex(batch: readonly number[], own: readonly number[]): number {
  const offset = batch.length - own.length;
  return own.reduce((index, extent, axis) => index * extent + (extent === 1 ? 0 : (batch[offset + axis] as number)), 0);
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const extent = (shape: readonly number[], axis: number) => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => (extent(a, axis) === 1 ? extent(b, axis) : extent(a, axis)));
}

/** The multi-index of `flat` in `shape`. */
function unravel(flat: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    index[axis] = flat % extent;
    flat = Math.floor(flat / extent);
  }
  return index;
}

/** Shapes as NumPy's matmul takes them, both of rank 2 or more. */
export function matmulOracle(a: OracleArray, b: OracleArray, options: MatmulOracleOptions = {}): MatmulOracleResult {
  const { transposeA = false, transposeB = false, bias, activation } = options;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, inner] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const batches = batch.reduce((product, extent) => product * extent, 1);
  const values = new Float64Array(batches * m * n);
  const magnitudes = new Float64Array(values.length);
  for (let index = 0, at = 0; index < batches; index++) {
    const where = unravel(index, batch);
    const baseA = matrixIndex(where, a.shape.slice(0, -2)) * m * inner;
    const baseB = matrixIndex(where, b.shape.slice(0, -2)) * inner * n;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++, at++) {
        let sum = bias?.[j] ?? 0;
        let magnitude = Math.abs(sum);
        for (let k = 0; k < inner; k++) {
          const x = a.values[baseA + (transposeA ? k * m + i : i * inner + k)] as number;
          const y = b.values[baseB + (transposeB ? j * inner + k : k * n + j)] as number;
          sum += x * y;
          magnitude += Math.abs(x * y);
        }
        values[at] = activation ? activations[activation](sum) : sum;
        magnitudes[at] = magnitude;
      }
    }
  }
  return { shape: [...batch, m, n], values, magnitudes };
}
