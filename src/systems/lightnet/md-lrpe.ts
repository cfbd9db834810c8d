/**
 * MD-LRPE: the linearised relative position encoding of tokens on a grid. Every axis turns channels of its own by its coordinate
 * times theta, so that products of a turned query and a turned key depend on the distance of their tokens alone.
 */
import { ShapeError } from "../../backends/contract.js";
import type { TensorHost } from "../../engine/tensor-host.js";
import { add, mul, sub } from "../../ops/binary.js";
import { concat } from "../../ops/concat.js";
import type { CallOptions } from "../../ops/define-op.js";
import { split } from "../../ops/slice.js";
import { assertEngine } from "../../ops/support/call-options.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { angleTable, type MdLrpeOptions, type RotationKind, rotationPlan } from "./rotation-tables.js";

const op = "mdLrpe";

/**
 * The encoding for tokens [..., extra + product of the grid, heads, d]; apply it to q and k alike. Its tables are built in
 * float64: rounding a large angle to f32 alone would cost digits. They belong to the scope in which it was made.
 */
export class MdLrpe {
  readonly kind: RotationKind;
  readonly #d: number;
  readonly #shape: readonly [tokens: number, heads: number, angles: number];
  readonly #cos: Tensor;
  readonly #sin: Tensor;

  /** @throws InputError, ShapeError naming the option */
  constructor(engine: TensorHost, options: MdLrpeOptions) {
    assertEngine(op, engine);
    const plan = rotationPlan(options);
    this.kind = plan.kind;
    this.#d = plan.d;
    const cells = plan.grid.reduce((product, extent) => product * extent, 1);
    this.#shape = [plan.extra + cells, plan.heads, plan.angles];
    [this.#cos, this.#sin] = engine.scope(() => [
      angleTable(engine, plan, Math.cos),
      angleTable(engine, plan, Math.sin),
    ]) as [Tensor, Tensor];
  }

  /** x [..., tokens, heads, d] -> [..., tokens, heads, 2 d] (cosine) or the shape of x (rotary). f32. */
  apply(x: Tensor, options: CallOptions = {}): Tensor {
    this.#check("apply", x, this.#d);
    const { inner, outer } = placed(options);
    return x.engine.scope(() => {
      if (this.kind === "cosine") {
        return concat([mul(x, this.#cos, inner), mul(x, this.#sin, inner)], -1, outer);
      }
      const [first, second] = halves(x, inner);
      return concat(this.#turned(first, second, sub, add, inner), -1, outer);
    });
  }

  /** The gradient of x from that of apply(x). */
  backward(dY: Tensor, options: CallOptions = {}): Tensor {
    this.#check("backward", dY, this.kind === "cosine" ? 2 * this.#d : this.#d);
    const { inner, outer } = placed(options);
    return dY.engine.scope(() => {
      const [first, second] = halves(dY, inner);
      if (this.kind === "cosine") return add(mul(first, this.#cos, inner), mul(second, this.#sin, inner), outer);
      return concat(this.#turned(first, second, add, sub, inner), -1, outer);
    });
  }

  dispose(): void {
    this.#cos.dispose();
    this.#sin.dispose();
  }

  #turned(first: Tensor, second: Tensor, forFirst: typeof add, forSecond: typeof add, on: CallOptions): Tensor[] {
    const turned = forFirst(mul(first, this.#cos, on), mul(second, this.#sin, on), on);
    const other = mul(second, this.#cos, on);
    const across = mul(first, this.#sin, on);
    return [turned, forSecond === add ? add(across, other, on) : sub(other, across, on)];
  }

  #check(method: string, x: Tensor, channels: number): void {
    const name = method === "apply" ? "x" : "dY";
    assertTensor(`${op}.${method}`, name, x);
    const expected = [this.#shape[0], this.#shape[1], channels];
    if (x.rank < 3 || expected.some((extent, i) => x.shape[x.rank - 3 + i] !== extent)) {
      throw new ShapeError(`${op}.${method}`, name, { expected: ["...", ...expected], actual: x.shape });
    }
  }
}

const placed = ({ on, scope, out }: CallOptions) => ({
  inner: on ? { on } : {},
  outer: { ...(on && { on }), ...(scope && { scope }), ...(out && { out }) },
});

const halves = (x: Tensor, on: CallOptions) => split(x, 2, -1, on) as [Tensor, Tensor];
