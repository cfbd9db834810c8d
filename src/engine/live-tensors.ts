/** Account of the tensors that are alive, without keeping any of them alive. */
import type { DType } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { TensorStorage } from "../tensor/tensor-storage.js";

export interface LiveTensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly bytes: number;
  /** The operation that made it. */
  readonly madeBy: string;
}

export class LiveTensors {
  readonly #known = new Map<object, LiveTensor>();
  readonly #tokens = new WeakMap<Tensor, object>();
  /** A tensor collected without dispose() still gives its memory back; it is counted, so that the leak shows. */
  readonly #collected = new FinalizationRegistry<{ token: object; storage: TensorStorage }>(({ token, storage }) => {
    if (!this.#known.delete(token)) return;
    this.leaked++;
    storage.release();
  });
  leaked = 0;

  get count(): number {
    return this.#known.size;
  }

  add(tensor: Tensor, storage: TensorStorage, madeBy: string): void {
    const token = {};
    const { shape, dtype, byteLength: bytes } = tensor;
    this.#known.set(token, { shape, dtype, bytes, madeBy });
    this.#tokens.set(tensor, token);
    this.#collected.register(tensor, { token, storage }, token);
  }

  remove(tensor: Tensor): void {
    const token = this.#tokens.get(tensor);
    if (!token) return;
    this.#known.delete(token);
    this.#collected.unregister(token);
  }

  list(): LiveTensor[] {
    return [...this.#known.values()];
  }
}
