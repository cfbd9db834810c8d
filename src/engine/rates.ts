/**
 * How fast each backend is, in SI units. The shipped defaults are deliberately modest; `engine.calibrate()` replaces
 * them by measurements, which can be saved as JSON and given to createEngine.
 */
import { type BackendName, InputError } from "../backends/contract.js";
import type { RateClass } from "./operation.js";

export interface BackendRates {
  /** Seconds per kernel call or dispatch. */
  readonly launchSeconds: number;
  readonly bytesPerSecond: number;
  readonly operationsPerSecond: Readonly<Record<RateClass, number>>;
}

export interface Rates {
  readonly wasm: BackendRates;
  readonly webgpu: BackendRates;
  readonly uploadBytesPerSecond: number;
  readonly downloadBytesPerSecond: number;
  /** Seconds from asking for GPU data until it arrives, beyond the bytes. */
  readonly roundTripSeconds: number;
}

/** One core of a server of 2021 (measured), and a GPU such as laptops have (an estimate). */
export const defaultRates: Rates = {
  wasm: {
    launchSeconds: 1e-6,
    bytesPerSecond: 8e9,
    operationsPerSecond: { "multiply-add": 3.5e10, special: 6e8, stream: 3e9, gather: 4e8, integer: 3e9 },
  },
  webgpu: {
    launchSeconds: 1e-5,
    bytesPerSecond: 6e10,
    operationsPerSecond: { "multiply-add": 1e12, special: 5e10, stream: 1e11, gather: 1e10, integer: 1e11 },
  },
  uploadBytesPerSecond: 3e9,
  downloadBytesPerSecond: 1.5e9,
  roundTripSeconds: 3e-4,
};

/** More threads do not add bandwidth, and arithmetic a little less than in proportion. */
export function withThreads(rates: Rates, threads: number): Rates {
  const scale = 1 + 0.85 * (threads - 1);
  const { operationsPerSecond } = rates.wasm;
  const scaled = Object.fromEntries(Object.entries(operationsPerSecond).map(([name, rate]) => [name, rate * scale]));
  return { ...rates, wasm: { ...rates.wasm, operationsPerSecond: scaled as Record<RateClass, number> } };
}

export const calibrationVersion = 1;

/** A saved calibration: plain JSON. */
export interface Calibration {
  readonly version: number;
  /** What was measured, for people; a calibration of another machine is accepted as it is. */
  readonly machine: Partial<Record<BackendName, string>>;
  readonly rates: Rates;
}

/** Throws InputError unless `value` is a calibration of this version with positive finite rates. */
export function checkCalibration(value: unknown): asserts value is Calibration {
  const fail = (problem: string): never => {
    throw new InputError("createEngine", "calibration", problem);
  };
  if (typeof value !== "object" || value === null)
    fail(`must be an object, got ${value === null ? "null" : typeof value}`);
  const { version, rates } = value as Partial<Calibration>;
  if (version !== calibrationVersion) fail(`has version ${String(version)}, expected ${calibrationVersion}`);
  checkLike(rates, defaultRates, "rates", fail);
}

function checkLike(value: unknown, pattern: unknown, path: string, fail: (problem: string) => never): void {
  if (typeof pattern === "number") {
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
      fail(`${path} is ${String(value)}, expected a positive number`);
    return;
  }
  if (typeof value !== "object" || value === null) fail(`lacks ${path}`);
  for (const [key, part] of Object.entries(pattern as object)) {
    checkLike((value as Record<string, unknown>)[key], part, `${path}.${key}`, fail);
  }
}
