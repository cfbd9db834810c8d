/**
 * What a multiplication costs in silicon: energies measured by Horowitz (2014, 45 nm) that the paper builds on, and its
 * gate counts, whose formula is reconstructed here and reproduces every printed figure. Arithmetic only: moving the
 * operands costs the same for either product, and usually more than both.
 */
import { InputError } from "../../backends/contract.js";

/**
 * Picojoules per operation (Horowitz 2014). int16Add is the paper's own estimate, and so are its figures for a product of
 * 8-bit floats, [0.25, 0.4], and for a 16-bit L-Mul, 0.06.
 */
export const energyPj = {
  int8Add: 0.03,
  int16Add: 0.05,
  int32Add: 0.1,
  fp16Add: 0.4,
  fp32Add: 0.9,
  int8Mul: 0.2,
  int32Mul: 3.1,
  fp16Mul: 1.1,
  fp32Mul: 3.7,
  fp8Mul: [0.25, 0.4],
  lmul16: 0.06,
} as const;

export interface EnergyComparison {
  /** Energy with float multiplications. */
  readonly multiplyPj: number;
  /** Energy with L-Mul in their place. */
  readonly lmulPj: number;
  /** lmulPj / multiplyPj. */
  readonly ratio: number;
}

const widths = {
  f32: { mul: energyPj.fp32Mul, add: energyPj.fp32Add, integerAdd: energyPj.int32Add },
  f16: { mul: energyPj.fp16Mul, add: energyPj.fp16Add, integerAdd: energyPj.int16Add },
} as const;

/**
 * Arithmetic energy of `products` multiplications and `sums` float additions, with and without L-Mul.
 * @example energy("f32", { products: 1 }).ratio // 0.027: the 37-fold saving per element
 * @example energy("f32", { products: 1, sums: 1 }).ratio // 0.217: a dot product keeps its float additions
 */
export function energy(width: keyof typeof widths, counts: { products: number; sums?: number }): EnergyComparison {
  const { mul, add, integerAdd } = widths[width] ?? fail("energy", "width", String(width), "f32 or f16");
  const { products, sums = 0 } = counts;
  for (const [name, count] of Object.entries({ products, sums })) {
    if (!(count >= 0 && Number.isFinite(count))) fail("energy", name, String(count), "a finite count >= 0");
  }
  const multiplyPj = products * mul + sums * add;
  const lmulPj = products * integerAdd + sums * add;
  return { multiplyPj, lmulPj, ratio: multiplyPj === 0 ? 1 : lmulPj / multiplyPj };
}

/** Gates of the building blocks. */
const FULL_ADDER = 11;
const HALF_ADDER = 5;
const XOR = 4;
/** Rounding, underflow and overflow handling of an 8-bit exponent path. */
const EXPONENT_PATH = 82;

/** An n-bit ripple adder: one half adder and n - 1 full adders. */
export const adderGates = (bits: number): number => HALF_ADDER + FULL_ADDER * (bits - 1);

/** A float multiplier with `mantissa` stored bits: fp16 584, E4M3 325, E5M2 296. The exponent width does not enter. */
export function multiplierGates(mantissa: number): number {
  if (!(Number.isInteger(mantissa) && mantissa >= 1))
    fail("multiplierGates", "mantissa", String(mantissa), "1, 2, ...");
  return XOR + 3 * EXPONENT_PATH + (mantissa + 1) ** 2 + 15 + FULL_ADDER * (2 * mantissa - 2);
}

/**
 * An L-Mul unit over an adder of that many bits (exponent plus mantissa): 7 bits 157, 11 bits 201. The paper counts a
 * 16-bit adder for its 16-bit unit, 256; the 15 bits that are needed would give 245.
 */
export function lmulGates(adderBits: number): number {
  if (!(Number.isInteger(adderBits) && adderBits >= 1)) fail("lmulGates", "adderBits", String(adderBits), "1, 2, ...");
  return XOR + adderGates(adderBits) + EXPONENT_PATH;
}

function fail(op: string, argument: string, actual: string, expected: string): never {
  throw new InputError(op, argument, `is ${actual}; expected ${expected}`);
}
