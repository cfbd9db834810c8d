/**
 * The position encodings of LightNet (Qin et al. 2024, MD-TPE and MD-LRPE) from their definitions, in float64: a sum of
 * exponential filters along the axes of a grid, and rotations by the coordinates of a grid.
 */

/** y_i = sum over j <= i of x_j sum_r b_r lambda_r^(i - j); two-sided: over all j, with |i - j|. */
export function exponentialFilterOracle(
  x: ArrayLike<number>,
  lambda: ArrayLike<number>,
  b: ArrayLike<number>,
  isTwoSided = false,
): Float64Array {
  return Float64Array.from({ length: x.length }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < (isTwoSided ? x.length : i + 1); j++) {
      for (let r = 0; r < lambda.length; r++) {
        sum += (x[j] as number) * (b[r] as number) * (lambda[r] as number) ** Math.abs(i - j);
      }
    }
    return sum;
  });
}

export interface RotationInput {
  /** Extents of the grid, the slowest axis first. */
  readonly grid: readonly number[];
  /** Tokens before the grid, which are not turned. */
  readonly extra: number;
  readonly heads: number;
  readonly d: number;
  /** [heads, length]: the angle per step of a coordinate. */
  readonly theta: ArrayLike<number>;
  readonly offset?: readonly number[];
  readonly kind: "cosine" | "rotary";
}

/** x [tokens, heads, d] -> [tokens, heads, 2 d] (cosine) or [tokens, heads, d] (rotary). */
export function rotationOracle(x: ArrayLike<number>, input: RotationInput): Float64Array {
  const { grid, extra, heads, d, theta, offset, kind } = input;
  const tokens = extra + grid.reduce((product, extent) => product * extent, 1);
  const [angles, width] = kind === "cosine" ? [d, 2 * d] : [d / 2, d];
  const length = theta.length / heads;
  const y = new Float64Array(tokens * heads * width);
  for (let n = 0; n < tokens; n++) {
    const coordinates =
      n < extra ? grid.map(() => 0) : coordinatesOf(n - extra, grid).map((i, a) => i + (offset?.[a] ?? 0));
    for (let h = 0; h < heads; h++) {
      for (let c = 0; c < angles; c++) {
        const axis = Math.floor(c / length);
        const angle = n < extra ? 0 : (coordinates[axis] as number) * (theta[h * length + (c % length)] as number);
        const [from, to] = [(n * heads + h) * d, (n * heads + h) * width];
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        const first = x[from + c] as number;
        if (kind === "cosine") {
          y[to + c] = first * cos;
          y[to + d + c] = first * sin;
        } else {
          const second = x[from + angles + c] as number;
          y[to + c] = first * cos - second * sin;
          y[to + angles + c] = first * sin + second * cos;
        }
      }
    }
  }
  return y;
}

function coordinatesOf(index: number, grid: readonly number[]): number[] {
  return grid.reduceRight<{ rest: number; found: number[] }>(
    ({ rest, found }, extent) => ({ rest: Math.floor(rest / extent), found: [rest % extent, ...found] }),
    { rest: index, found: [] },
  ).found;
}
