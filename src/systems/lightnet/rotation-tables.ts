/** Angles of a rotation by grid coordinates: the options, and tables of their cosines and sines. */
import { InputError, ShapeError } from "../../backends/contract.js";
import type { TensorHost } from "../../engine/tensor-host.js";
import { broadcastTo } from "../../ops/broadcast-to.js";
import { concat } from "../../ops/concat.js";
import type { Tensor } from "../../tensor/tensor.js";

export type RotationKind = "cosine" | "rotary";

export interface MdLrpeOptions {
  /** Extents of the grid, the slowest axis first; one extent for a sequence. */
  grid: readonly number[];
  heads: number;
  /** Channels of a head. */
  d: number;
  /**
   * "cosine" (default): x -> [x cos, x sin], twice the channels. "rotary": the halves x1, x2 of the channels ->
   * [x1 cos - x2 sin, x1 sin + x2 cos]. With a decay per channel only the cosine keeps the relative property exactly.
   */
  kind?: RotationKind;
  /** [heads][length]: the angle per step, length at least d / axes (rotary: d / 2 / axes). `thetaTable` by default. */
  theta?: readonly ArrayLike<number>[];
  /** Tokens before the grid (of a class, of a condition) that are not turned. */
  extra?: number;
  /** Added to the coordinates: where a sequence goes on. One number per axis, or one for all. */
  offset?: number | readonly number[];
}

/** base^(-2 c / d) for the channels c that one axis turns; the same for every head. */
export function thetaTable({ grid, heads, d, kind = "cosine" }: MdLrpeOptions, base = 10000): Float64Array[] {
  const angles = kind === "rotary" ? d / 2 : d;
  const length = Math.ceil(angles / grid.length);
  return Array.from({ length: heads }, () => Float64Array.from({ length }, (_, c) => base ** ((-2 * c) / d)));
}

const op = "mdLrpe";

export type RotationPlan = ReturnType<typeof rotationPlan>;

/** @throws InputError, ShapeError naming the option */
export function rotationPlan(options: MdLrpeOptions) {
  const { grid, heads, d, kind = "cosine", extra = 0, offset = 0 } = options;
  const isCount = (value: unknown, least: number) => Number.isInteger(value) && (value as number) >= least;
  if (!Array.isArray(grid) || grid.length < 1 || grid.length > 4 || !grid.every((extent) => isCount(extent, 0))) {
    throw new InputError(op, "grid", `is [${String(grid)}]; expected 1 to 4 extents`);
  }
  if (!isCount(heads, 1)) throw new InputError(op, "heads", `is ${String(heads)}; expected a positive integer`);
  if (kind !== "cosine" && kind !== "rotary") {
    throw new InputError(op, "kind", `is ${String(kind)}; expected "cosine" or "rotary"`);
  }
  if (!isCount(d, 1) || (kind === "rotary" && d % 2 !== 0)) {
    throw new InputError(op, "d", `is ${String(d)}; expected ${kind === "rotary" ? "an even" : "a positive"} number`);
  }
  if (!isCount(extra, 0)) throw new InputError(op, "extra", `is ${String(extra)}; expected a number of tokens`);
  const offsets = typeof offset === "number" ? grid.map(() => offset) : offset;
  if (offsets.length !== grid.length || !offsets.every((by) => Number.isFinite(by))) {
    throw new InputError(op, "offset", `is [${offsets.join(", ")}]; expected a number, or one per axis of the grid`);
  }
  const angles = kind === "rotary" ? d / 2 : d;
  const theta = options.theta ?? thetaTable(options);
  const length = theta[0]?.length ?? 0;
  if (
    theta.length !== heads ||
    length < Math.ceil(angles / grid.length) ||
    theta.some((row) => row.length !== length)
  ) {
    throw new ShapeError(op, "theta", {
      expected: `[${heads}, at least ${Math.ceil(angles / grid.length)}]`,
      actual: [theta.length, length],
    });
  }
  return { grid, heads, d, kind, extra, offsets, angles, theta, length };
}

/** f(angle) for [tokens, heads, angles], out of a small table per axis. */
export function angleTable(engine: TensorHost, plan: RotationPlan, f: (angle: number) => number): Tensor {
  const { grid, heads, extra, offsets, angles, theta, length } = plan;
  const cells = grid.reduce((product, extent) => product * extent, 1);
  const parts = grid.flatMap((extent, axis) => {
    const width = Math.min(length, angles - axis * length);
    if (width <= 0) return [];
    const values = Float32Array.from({ length: extent * heads * width }, (_, i) => {
      const [at, head] = [Math.floor(i / (heads * width)), Math.floor(i / width) % heads];
      return f((at + (offsets[axis] as number)) * ((theta[head] as ArrayLike<number>)[i % width] as number));
    });
    const along = [...grid.map((_, other) => (other === axis ? extent : 1)), heads, width];
    const spread = broadcastTo(engine.tensor(values, { shape: along }), [...grid, heads, width]);
    return [spread.reshape([cells, heads, width])];
  });
  const turned = concat(parts, -1);
  if (extra === 0) return turned;
  const still = engine.tensor(new Float32Array(extra * heads * angles).fill(f(0)), { shape: [extra, heads, angles] });
  return concat([still, turned], 0);
}
