/**
 * Functions of one number in doubles, from their definitions. The names are those of src/ops/unary.ts. Doubles are 2^29 times
 * finer than what they judge, so JavaScript's own Math is exact enough where it has the function.
 */

/** Integral of f over [a, b]: `panels` panels of five-point Gauss-Legendre. */
function integral(f: (t: number) => number, a: number, b: number, panels: number): number {
  const nodes = [0, 0.5384693101056831, 0.906179845938664];
  const weights = [0.5688888888888889, 0.47862867049936647, 0.23692688505618908];
  const half = (b - a) / panels / 2;
  let sum = 0;
  for (let panel = 0; panel < panels; panel++) {
    const middle = a + (2 * panel + 1) * half;
    nodes.forEach((node, i) => {
      const pair = f(middle - node * half) + (i === 0 ? 0 : f(middle + node * half));
      sum += (weights[i] as number) * pair;
    });
  }
  return sum * half;
}

const gauss = (t: number): number => Math.exp(-t * t);

/** 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export function erfOracle(x: number): number {
  if (Number.isNaN(x)) return x;
  const magnitude = Math.min(Math.abs(x), 6.5);
  const value = (2 / Math.sqrt(Math.PI)) * integral(gauss, 0, magnitude, Math.ceil(magnitude * 16) + 1);
  return Math.sign(x) * Math.min(value, 1);
}

/** x times a distribution function, whose limit at -inf is 0. */
const times = (x: number, probability: number): number => (x === -Infinity ? 0 : x * probability);

export const unaryOracle: Record<string, (x: number, alpha: number) => number> = {
  neg: (x) => -x,
  abs: (x) => Math.abs(x),
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x),
  square: (x) => x * x,
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  sqrt: (x) => Math.sqrt(x),
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  floor: (x) => Math.floor(x),
  ceil: (x) => -Math.floor(-x),
  round: (x) => {
    const below = Math.floor(x);
    const rest = x - below;
    const up = rest > 0.5 || (rest === 0.5 && Math.abs(below % 2) === 1);
    return up ? below + 1 : below;
  },
  trunc: (x) => (x < 0 ? -Math.floor(-x) : Math.floor(x)),
  exp: (x) => Math.exp(x),
  exp2: (x) => 2 ** x,
  expm1: (x) => Math.expm1(x),
  log: (x) => Math.log(x),
  log2: (x) => Math.log2(x),
  log1p: (x) => Math.log1p(x),
  sin: (x) => Math.sin(x),
  cos: (x) => Math.cos(x),
  tanh: (x) => Math.tanh(x),
  erf: erfOracle,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  silu: (x) => times(x, 1 / (1 + Math.exp(-x))),
  softplus: (x) => (x > 30 ? x + Math.exp(-x) : Math.log1p(Math.exp(x))),
  gelu: (x) => times(x, (1 + erfOracle(x / Math.SQRT2)) / 2),
  geluTanh: (x) => times(x, (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2),
  leakyRelu: (x, alpha) => (x > 0 ? x : alpha * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
};

/** neg, abs, sign, square, relu of 32-bit integers, wrapping. */
export function integerUnaryOracle(name: string, x: number, dtype: "i32" | "u32"): number {
  const exact: Record<string, (x: bigint) => bigint> = {
    neg: (v) => -v,
    abs: (v) => (v < 0n ? -v : v),
    sign: (v) => (v > 0n ? 1n : v < 0n ? -1n : 0n),
    square: (v) => v * v,
    relu: (v) => (v > 0n ? v : 0n),
  };
  const value = (exact[name] as (x: bigint) => bigint)(BigInt(x));
  return Number(dtype === "i32" ? BigInt.asIntN(32, value) : BigInt.asUintN(32, value));
}
