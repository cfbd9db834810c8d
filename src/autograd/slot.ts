/** Where the gradient of one recorded tensor adds up. */
import { DTypeError, ShapeError } from "../backends/contract.js";
import { add } from "../ops/binary.js";
import { copy } from "../ops/broadcast-to.js";
import { fill } from "../ops/fill.js";
import { type DType, gradientDType, sizeOf } from "../tensor/dtype.js";
import { type Shape, sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

export class Slot {
  readonly shape: Shape;
  readonly dtype: DType;
  #sum: Tensor | undefined;
  /** True when nobody else sees the sum's memory, so that it may be added to. */
  #isOwn = false;

  constructor({ shape, dtype }: Tensor) {
    this.shape = shape;
    this.dtype = gradientDType(dtype);
  }

  /** Undefined while nothing has come. */
  get sum(): Tensor | undefined {
    return this.#sum;
  }

  get isOwn(): boolean {
    return this.#isOwn;
  }

  /** Takes over a gradient, checked to fit. @param isOwn whether its memory is its own */
  add(gradient: Tensor, isOwn: boolean): void {
    const sum = this.#sum;
    if (!sum) this.#set(gradient, isOwn);
    else {
      const total = add(sum, gradient, this.#isOwn ? { out: sum } : {});
      gradient.dispose();
      if (total !== sum) this.#replace(total);
    }
  }

  /** Adds to the part from an element on; takes the gradient over. */
  addPart(gradient: Tensor, start: number): void {
    const { engine, size } = gradient;
    if (!this.#sum) this.#set(fill(engine, this.shape, 0, { dtype: this.dtype }), true);
    else if (!this.#isOwn) this.#replace(copy(this.#sum));
    const part = engine.view(this.#sum as Tensor, [size], start * sizeOf(this.dtype));
    const flat = gradient.reshape([size]);
    add(part, flat, { out: part });
    for (const tensor of [part, flat, gradient]) tensor.dispose();
  }

  /** The sum as a tensor of its own memory; the slot is empty afterwards. Zeros where nothing came. */
  take(engine: Tensor["engine"]): Tensor {
    const sum = this.#sum;
    if (!sum) return fill(engine, this.shape, 0, { dtype: this.dtype });
    const own = this.#isOwn ? sum : copy(sum);
    if (own !== sum) sum.dispose();
    this.#sum = undefined;
    return own;
  }

  release(): void {
    this.#sum?.dispose();
    this.#sum = undefined;
  }

  /** @throws ShapeError, DTypeError naming the operation whose gradient it is and the operand */
  check(where: string, argument: string, { shape, dtype }: Tensor): void {
    if (!sameShape(shape, this.shape)) throw new ShapeError(where, argument, { expected: this.shape, actual: shape });
    if (dtype !== this.dtype) throw new DTypeError(where, argument, { expected: this.dtype, actual: dtype });
  }

  #set(sum: Tensor, isOwn: boolean): void {
    this.#sum = sum;
    this.#isOwn = isOwn;
  }

  #replace(sum: Tensor): void {
    this.#sum?.dispose();
    this.#set(sum, true);
  }
}
