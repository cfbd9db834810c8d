/**
 * Gradients of a matrix product. With dz that of a b + bias: da = dz b^T and db = a^T dz, as the operands are stored, summed over
 * the batch axes that were repeated. Behind an activation dz = dc activation'(z), where z is made again unless c tells enough.
 */
import type { Gradient, Pullback } from "../engine/gradient.js";
import { gradientDType } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import type { MatmulParams } from "./matmul/params.js";
import { matmul } from "./matmul.js";
import { narrow, pullback, sumTo } from "./support/pullbacks.js";
import { unaryGradients } from "./unary-gradient.js";

type Product = Pick<MatmulParams, "transposeA" | "transposeB">;

function toA(dz: Tensor, a: Tensor, b: Tensor, { transposeA, transposeB }: Product): Tensor {
  const da = transposeA
    ? matmul(b, dz, { transposeA: transposeB, transposeB: true })
    : matmul(dz, b, { transposeB: !transposeB });
  return narrow(sumTo(da, a.shape), gradientDType(a.dtype));
}

function toB(dz: Tensor, a: Tensor, b: Tensor, { transposeA, transposeB }: Product): Tensor {
  // Weights that a whole batch shares: one product over all of its rows, and nothing to sum.
  const isShared = b.rank === 2 && !transposeA && dz.size > 0;
  const rows = (x: Tensor) => (isShared ? x.reshape([-1, x.shape.at(-1) as number]) : x);
  const db = transposeB
    ? matmul(rows(dz), rows(a), { transposeA: true, transposeB: transposeA })
    : matmul(rows(a), rows(dz), { transposeA: !transposeA });
  return narrow(sumTo(db, b.shape), gradientDType(b.dtype));
}

const toBias = (dz: Tensor, bias: Tensor): Tensor => sumTo(dz, bias.shape);

/** The gradient of z, by the activation's own rule. */
function behindActivation(dc: Tensor, c: Tensor, z: Tensor, { activation }: MatmulParams): Tensor {
  if (activation === undefined) return dc;
  const rule = unaryGradients[activation];
  if ("constant" in rule) return dc;
  const params = { dtype: z.dtype, size: z.size, p: 0 } as Parameters<typeof rule>[0]["params"];
  const [back] = rule({ inputs: [z], names: ["z"], outputs: [c], params, args: [z] }) as [Pullback];
  return back.run([dc], back.reads)[0] as Tensor;
}

/** What of z the derivative is read from: c itself, for these. */
const ofResult: readonly unknown[] = ["relu", "tanh", "sigmoid"];

export const matmulGradient: Gradient<MatmulParams> = ({ inputs, outputs: [c], params }) => {
  const [a, b, bias] = inputs as [Tensor, Tensor, Tensor?];
  if (params.activation === undefined) {
    return [
      pullback(0, [b], (dz, b) => toA(dz, a, b, params)),
      pullback(1, [a], (dz, a) => toB(dz, a, b, params)),
      ...(bias ? [pullback(2, [], (dz) => toBias(dz, bias))] : []),
    ];
  }
  const fromResult = ofResult.includes(params.activation);
  return [
    {
      to: inputs.map((_, index) => index),
      reads: [a, b, fromResult ? (c as Tensor) : (bias ?? a)],
      run: ([dc], [a, b, third]) => {
        const { transposeA, transposeB } = params;
        const z = () => matmul(a!, b!, { transposeA, transposeB, ...(bias ? { bias: third! } : {}) });
        const dz = behindActivation(dc!, third!, fromResult ? third! : z(), params);
        const gradients = [toA(dz, a!, b!, params), toB(dz, a!, b!, params)];
        return bias ? [...gradients, toBias(dz, bias)] : gradients;
      },
    },
  ];
};
