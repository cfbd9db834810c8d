/**
 * `wavefold/files`: tensors from and to files of NumPy (.npy) and safetensors, as bytes. What comes out of a reader goes into
 * an engine with `engine.fromBits(bits, { shape, dtype })`.
 * @module
 */

export type { BitsArray, DType } from "../dtype.js";
export type { HostTensor } from "../host-tensor.js";
export type { Shape } from "../shape.js";
export { readNpy, writeNpy } from "./npy.js";
export { readSafetensors, type SafetensorsFile, writeSafetensors } from "./safetensors.js";
