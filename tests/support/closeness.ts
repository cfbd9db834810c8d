/** How far a stored result is from the true value, in units in the last place of its format. */
import { expect } from "vitest";
import type { DType } from "../../src/tensor/dtype.js";

interface Format {
  readonly mantissaBits: number;
  readonly leastExponent: number;
  readonly largest: number;
}

const formats: Partial<Record<DType, Format>> = {
  f64: { mantissaBits: 52, leastExponent: -1022, largest: Number.MAX_VALUE },
  f32: { mantissaBits: 23, leastExponent: -126, largest: (2 - 2 ** -23) * 2 ** 127 },
  f16: { mantissaBits: 10, leastExponent: -14, largest: 65504 },
  bf16: { mantissaBits: 7, leastExponent: -126, largest: (2 - 2 ** -7) * 2 ** 127 },
};

export function ulpOf(value: number, dtype: DType): number {
  const { mantissaBits, leastExponent, largest } = formats[dtype] as Format;
  const magnitude = Math.min(Math.abs(value), largest);
  const exponent = magnitude === 0 ? leastExponent : Math.max(Math.floor(Math.log2(magnitude)), leastExponent);
  return 2 ** (exponent - mantissaBits);
}

export interface Tolerance {
  readonly dtype: DType;
  /** Units in the last place of dtype. */
  readonly ulp: number;
  /** Added to the bound, per element or for all. */
  readonly absolute?: number | ((index: number) => number);
  /** Subnormal arguments, steps and results may be flushed to zero. */
  readonly flush?: boolean;
}

/** Every element is within its bound; NaN and infinities agree, but for rounding across the end of the range. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance): void {
  expect(actual.length).toBe(expected.length);
  const { dtype, ulp, absolute = 0, flush = false } = tolerance;
  const { largest } = formats[dtype] as Format;
  const misses: string[] = [];
  for (let i = 0; i < expected.length && misses.length < 5; i++) {
    const wanted = expected[i] as number;
    const got = actual[i] as number;
    if (Object.is(got, wanted) || got === wanted) continue;
    const allowed =
      ulp * ulpOf(wanted, dtype) + (typeof absolute === "number" ? absolute : absolute(i)) + (flush ? 2 ** -124 : 0);
    const nearEnd = (value: number) => Math.min(Math.max(value, -largest), largest);
    const infinite = Math.abs(got) === Infinity || Math.abs(wanted) === Infinity;
    const atEnd = infinite && Math.abs(wanted) > largest - allowed;
    const distance = Math.abs((atEnd ? nearEnd(got) : got) - (atEnd ? nearEnd(wanted) : wanted));
    if (!(distance <= allowed)) misses.push(`[${i}] is ${got}, expected ${wanted} +- ${allowed}`);
  }
  expect(misses).toEqual([]);
}
