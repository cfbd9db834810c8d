/**
 * Backward rules. The paper fine-tunes through L-Mul but states no rule, so there are three:
 *
 * - "straight-through": the gradient of ordinary multiplication, with exact products;
 * - "mimic": the same formula with L-Mul products, the literal reading of "all multiplications";
 * - "exact": the true derivative of the piecewise-linear product, +-2^(y_e + carries).
 *
 * Dropping operands to k bits counts as the identity in all three.
 */

import type { BackendName } from "../../backends/contract.js";
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { Scope } from "../../engine/scope.js";
import { mul } from "../../ops/binary.js";
import { matmul } from "../../ops/matmul.js";
import { sameShape, sizeOfShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { lmul } from "./lmul.js";
import { lmulMatmul } from "./matmul.js";
import type { LMulOptions } from "./options.js";
import { checkCall } from "./placement.js";
import { lmulSlope } from "./slope.js";
import { slopeSums } from "./slope-sums.js";

export const gradientModes = ["straight-through", "mimic", "exact"] as const;
export type GradientMode = (typeof gradientModes)[number];

export interface GradientOptions extends LMulOptions {
  mode: GradientMode;
  on?: BackendName;
  scope?: Scope;
}

export interface Gradients {
  /** Gradient of a, in f32. */
  readonly a: Tensor;
  /** Gradient of b, in f32. */
  readonly b: Tensor;
}

function check(op: string, tensors: { a: Tensor; b: Tensor; g: Tensor }, options: GradientOptions): void {
  checkCall(op, tensors, options);
  if (!gradientModes.includes(options.mode)) {
    throw new InputError(op, "mode", `is ${String(options.mode)}; expected ${gradientModes.join(", ")}`);
  }
  for (const [name, { dtype }] of Object.entries(tensors)) {
    if (dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: dtype });
  }
}

/** What of the options goes to each inner operation. */
function innerOptions({ on, scope }: GradientOptions) {
  return { ...(on && { on }), ...(scope && { scope }) };
}

function productOptions({ mode: _, ...options }: GradientOptions) {
  return options;
}

/**
 * Gradients of r = lmul(a, b) for an upstream gradient g; a, b and g in f32 and of one shape.
 * @throws InputError, DTypeError or ShapeError naming the argument.
 * @example const { a: da, b: db } = lmulGradients(a, b, g, { mode: "exact" });
 */
export function lmulGradients(a: Tensor, b: Tensor, g: Tensor, options: GradientOptions): Gradients {
  const op = "lmulGradients";
  check(op, { a, b, g }, options);
  if (!sameShape(b.shape, a.shape)) throw new ShapeError(op, "b", { expected: a.shape, actual: b.shape });
  if (!sameShape(g.shape, a.shape)) throw new ShapeError(op, "g", { expected: a.shape, actual: g.shape });
  const inner = innerOptions(options);
  if (options.mode === "straight-through") return { a: mul(g, b, inner), b: mul(g, a, inner) };
  const product = productOptions(options);
  if (options.mode === "mimic") return { a: lmul(g, b, product), b: lmul(g, a, product) };
  const through = (x: Tensor, y: Tensor): Tensor => {
    const slope = lmulSlope(x, y, product);
    const result = mul(g, slope, inner);
    slope.dispose();
    return result;
  };
  return { a: through(a, b), b: through(b, a) };
}

/**
 * Gradients of c = lmulMatmul(a, b) for an upstream gradient g: a [..., m, k], b [..., k, n] and g [..., m, n] in f32 with
 * the same batch axes.
 * @throws InputError, DTypeError or ShapeError naming the argument.
 */
export function lmulMatmulGradients(a: Tensor, b: Tensor, g: Tensor, options: GradientOptions): Gradients {
  const op = "lmulMatmulGradients";
  check(op, { a, b, g }, options);
  if (a.rank < 2) throw new ShapeError(op, "a", { expected: "at least two axes", actual: a.shape });
  const batch = a.shape.slice(0, -2);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1) ?? 0;
  if (!sameShape(b.shape, [...batch, k, n])) {
    throw new ShapeError(op, "b", { expected: [...batch, k, "n"], actual: b.shape });
  }
  if (!sameShape(g.shape, [...batch, m, n])) {
    throw new ShapeError(op, "g", { expected: [...batch, m, n], actual: g.shape });
  }
  const inner = innerOptions(options);
  if (options.mode === "straight-through") {
    return { a: matmul(g, b, { transposeB: true, ...inner }), b: matmul(a, g, { transposeA: true, ...inner }) };
  }
  const product = productOptions(options);
  if (options.mode === "mimic") {
    return {
      a: lmulMatmul(g, b, { ...product, transposeB: true }),
      b: lmulMatmul(a, g, { ...product, transposeA: true }),
    };
  }
  const sizes = { batch: sizeOfShape(batch), columns: k };
  return {
    a: slopeSums([g, a, b], { ...sizes, rows: m, n, transposed: false }, product),
    b: slopeSums([g, b, a], { ...sizes, rows: n, n: m, transposed: true }, product),
  };
}
