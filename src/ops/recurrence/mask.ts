/**
 * Padding: a masked step neither writes nor decays, and its row of the result is 0. Any core does that where its inputs have
 * neutral values, so the mask is a choice on the way in and out, and no core knows of it.
 */
import { DTypeError, ShapeError } from "../../backends/contract.js";
import { sameShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { ne } from "../compare.js";
import type { CallOptions } from "../define-op.js";
import { where } from "../where.js";
import type { RecurrenceParams } from "./params.js";

export class StepMask {
  readonly #mask: Tensor;
  readonly #layout: RecurrenceParams["layout"];
  readonly #on: Pick<CallOptions, "on">;

  /**
   * @param mask u8 or i32 [B, T]
   * @throws ShapeError, DTypeError naming the mask
   */
  constructor(
    op: string,
    mask: Tensor,
    { batch, steps, layout }: Pick<RecurrenceParams, "batch" | "steps" | "layout">,
    { on }: Pick<CallOptions, "on">,
  ) {
    assertTensor(op, "mask", mask);
    if (mask.dtype !== "u8" && mask.dtype !== "i32") {
      throw new DTypeError(op, "mask", { expected: "u8 or i32", actual: mask.dtype });
    }
    if (!sameShape(mask.shape, [batch, steps])) {
      throw new ShapeError(op, "mask", { expected: [batch, steps], actual: mask.shape });
    }
    this.#layout = layout;
    this.#on = on ? { on } : {};
    this.#mask = mask.dtype === "u8" ? mask : ne(mask, mask.engine.tensor(0, { dtype: "i32" }), this.#on);
  }

  /** The tensor with `neutral` in every masked step; it has steps and heads in the call's layout, or is one value per head. */
  apply(tensor: Tensor, neutral: number, options: CallOptions = {}): Tensor {
    const [batch, steps] = this.#mask.shape as unknown as [number, number];
    const rank = Math.max(3, tensor.rank);
    const axes = this.#layout === "bthd" ? [batch, steps, 1, 1] : [batch, 1, steps, 1];
    const perHead = tensor.rank === 1 && this.#layout === "bhtd" ? tensor.reshape([tensor.size, 1]) : tensor;
    const filler = tensor.engine.tensor(neutral, { dtype: tensor.dtype });
    return where(this.#mask.reshape(axes.slice(0, rank)), perHead, filler, { ...this.#on, ...options });
  }
}
