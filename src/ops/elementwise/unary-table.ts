/**
 * Every function of one number: its number in the kernels (assembly/elementwise/unary.ts, shaders/unary.wgsl), what it takes,
 * its f64 form and how far an f32 result may be from the true value. The functions of src/ops/unary.ts, their tests and the
 * oracle's sweep come from this table.
 */
import { erf } from "./erf.js";

export interface UnaryRow {
  readonly code: number;
  /** Also of i32 and u32, in wrapping arithmetic. */
  readonly integers?: true;
  /** Takes an exponential, a logarithm or the like, so that arithmetic and not memory bounds it. */
  readonly special?: true;
  /** The f64 form; p is the slope of leakyRelu and the scale of elu. */
  readonly f64: (x: number, p: number) => number;
  /** Largest f32 error in units in the last place, on the CPU and (where it differs) on a GPU. 0 is exact. */
  readonly ulp: number;
  readonly gpuUlp?: number;
  /** Added to the bound where results cancel: a multiple of |x|. */
  readonly perInput?: number;
}

const logistic = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
};

/** x f(x) with the limit 0 for f(-inf) = 0. */
const gated = (x: number, gate: number): number => (gate === 0 ? 0 : x * gate);

const roundHalfEven = (x: number): number => {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
};

export const unaryTable = {
  neg: { code: 0, integers: true, f64: (x) => -x, ulp: 0 },
  abs: { code: 1, integers: true, f64: Math.abs, ulp: 0 },
  sign: { code: 2, integers: true, f64: Math.sign, ulp: 0 },
  square: { code: 3, integers: true, f64: (x) => x * x, ulp: 0.5 },
  relu: { code: 4, integers: true, f64: (x) => Math.max(x, 0), ulp: 0 },
  sqrt: { code: 6, f64: Math.sqrt, ulp: 0.5, gpuUlp: 2.5 },
  rsqrt: { code: 7, f64: (x) => 1 / Math.sqrt(x), ulp: 1.5, gpuUlp: 2.5 },
  reciprocal: { code: 8, f64: (x) => 1 / x, ulp: 0.5, gpuUlp: 2.5 },
  floor: { code: 9, f64: Math.floor, ulp: 0 },
  ceil: { code: 10, f64: Math.ceil, ulp: 0 },
  round: { code: 11, f64: roundHalfEven, ulp: 0 },
  trunc: { code: 12, f64: Math.trunc, ulp: 0 },
  exp: { code: 13, special: true, f64: Math.exp, ulp: 2 },
  exp2: { code: 14, special: true, f64: (x) => 2 ** x, ulp: 1.5, gpuUlp: 2 },
  expm1: { code: 15, special: true, f64: Math.expm1, ulp: 2 },
  log: { code: 16, special: true, f64: Math.log, ulp: 1.5 },
  log2: { code: 17, special: true, f64: Math.log2, ulp: 2.5 },
  log1p: { code: 18, special: true, f64: Math.log1p, ulp: 2.5, gpuUlp: 4 },
  sin: { code: 19, special: true, f64: Math.sin, ulp: 2, gpuUlp: 3 },
  cos: { code: 20, special: true, f64: Math.cos, ulp: 2, gpuUlp: 3 },
  tanh: { code: 21, special: true, f64: Math.tanh, ulp: 3, gpuUlp: 5 },
  erf: { code: 22, special: true, f64: erf, ulp: 2, gpuUlp: 3 },
  sigmoid: { code: 23, special: true, f64: logistic, ulp: 4, gpuUlp: 6 },
  silu: { code: 24, special: true, f64: (x) => gated(x, logistic(x)), ulp: 4, gpuUlp: 6, perInput: 2 ** -126 },
  softplus: {
    code: 25,
    special: true,
    f64: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    ulp: 3,
    gpuUlp: 6,
  },
  gelu: {
    code: 26,
    special: true,
    f64: (x) => gated(x, 0.5 + 0.5 * erf(x * Math.SQRT1_2)),
    ulp: 3,
    perInput: 2 ** -22,
  },
  geluTanh: {
    code: 27,
    special: true,
    f64: (x) => gated(x, logistic(Math.sqrt(8 / Math.PI) * (x + 0.044715 * x * x * x))),
    ulp: 4,
    gpuUlp: 6,
    perInput: 2 ** -22,
  },
  leakyRelu: { code: 28, f64: (x, p) => (x < 0 ? p * x : x), ulp: 0.5 },
  elu: { code: 29, special: true, f64: (x, p) => (x < 0 ? p * Math.expm1(x) : x), ulp: 3, gpuUlp: 4 },
} as const satisfies Record<string, UnaryRow>;

export type UnaryName = keyof typeof unaryTable;
