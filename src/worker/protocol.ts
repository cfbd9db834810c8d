/**
 * What a page and its engine's worker say to each other. Messages are handled in the order they were posted, so a call
 * may name storages that earlier messages made; only questions have answers.
 */
import {
  DeviceLostError,
  DisposedError,
  DTypeError,
  InputError,
  KernelError,
  OutOfMemoryError,
  ShapeError,
  UnsupportedError,
  WavefoldError,
} from "../backends/contract.js";
import type { EngineOptions } from "../create-engine.js";
import { Scope } from "../engine/scope.js";
import { TensorHost } from "../engine/tensor-host.js";
import type { DType } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";

export type WorkerEngineOptions = Omit<EngineOptions, "device">;

export type Message =
  | { kind: "store"; storage: number; dtype: DType; data: Uint8Array }
  /** One entry of outputs per result: the storage to make, or null where the call has an `out`. */
  | { kind: "call"; op: string; args: unknown[]; outputs: (number | null)[] }
  | { kind: "release"; storage: number }
  | { kind: "ask"; id: number; question: Question };

export type Question =
  | { about: "start"; options: WorkerEngineOptions }
  | { about: "read"; storage: number; byteOffset: number; byteLength: number }
  | { about: "explain"; op: string; args: unknown[] }
  | { about: "warmup"; ops: string[] }
  | { about: "memory" };

export type Answer = { id: number; value: unknown } | { id: number; error: WireError };

export interface WireError {
  name: string;
  code: string;
  message: string;
  argument?: string;
}

export interface WireTensor {
  $wavefold: "tensor";
  storage: number;
  shape: Shape;
  byteOffset: number;
}
export interface WireEngine {
  $wavefold: "engine";
}

/** Arguments as they can be posted: tensors by storage, engines by mark. @throws InputError for functions */
export function toWire(op: string, value: unknown, storageOf: (tensor: Tensor) => number): unknown {
  if (value instanceof Tensor) {
    const { shape, byteOffset } = value;
    return { $wavefold: "tensor", storage: storageOf(value), shape: [...shape], byteOffset } satisfies WireTensor;
  }
  if (value instanceof TensorHost) return { $wavefold: "engine" } satisfies WireEngine;
  if (value instanceof Scope) return undefined;
  if (typeof value === "function")
    throw new InputError(op, "arguments", "hold a function, which cannot go to a worker");
  return mapParts(value, (part) => toWire(op, part, storageOf));
}

export function fromWire(value: unknown, engine: TensorHost, tensorOf: (wire: WireTensor) => Tensor): unknown {
  const mark = (value as Partial<WireTensor | WireEngine> | null)?.$wavefold;
  if (mark === "tensor") return tensorOf(value as WireTensor);
  if (mark === "engine") return engine;
  return mapParts(value, (part) => fromWire(part, engine, tensorOf));
}

/** Arrays and plain objects part by part; everything else (numbers, typed arrays) as it is. */
function mapParts(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]));
  }
  return value;
}

const errorClasses = {
  DeviceLostError,
  DisposedError,
  DTypeError,
  InputError,
  KernelError,
  OutOfMemoryError,
  ShapeError,
  UnsupportedError,
};

export function errorToWire(error: unknown): WireError {
  if (!(error instanceof WavefoldError)) return { name: "KernelError", code: "E_KERNEL", message: String(error) };
  const { name, code, message } = error;
  const { argument } = error as { argument?: string };
  return { name, code, message, ...(argument === undefined ? {} : { argument }) };
}

/** The same class, code and message; the stack is that of the page. */
export function errorFromWire({ name, code, message, argument }: WireError): WavefoldError {
  const error = new WavefoldError(code, message);
  const known = (errorClasses as Record<string, { prototype: object }>)[name];
  if (known) Object.setPrototypeOf(error, known.prototype);
  return Object.assign(error, { name }, argument === undefined ? {} : { argument });
}
