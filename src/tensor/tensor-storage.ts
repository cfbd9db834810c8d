/** What a tensor knows of its bytes: how many, which side holds them, and that they are counted. */
import type { BackendName } from "../backends/contract.js";

export interface TensorStorage {
  readonly bytes: number;
  /** Calls that wrote to it through `out`, in the order of the program: how a kept tensor is known to have changed. */
  writes: number;
  /** The side that the next operation finds the data on. */
  readonly location: BackendName;
  retain(): void;
  release(): void;
}
