/**
 * L-Mul from its definition (Luo and Sun 2024, Eq. 1 and 2), on values: x = (1 + x_m) 2^x_e, s = x_m + y_m + 2^-l, and
 * the product is a piecewise-linear function of s times 2^(x_e + y_e). Doubles hold every intermediate exactly, so
 * nothing here shares a line of reasoning with the integer additions that it checks.
 */

export interface OracleFormat {
  bits: number;
  mantissaBits: number;
  bias: number;
  maxFinite: number;
  infinity?: number;
  nan: number;
}

export interface OracleRule {
  format: OracleFormat;
  /** Mantissa bits kept of the operands. */
  k: number;
  mantissa: "trunc" | "rne";
  form: "carry" | "linear";
  special: "raw" | "safe";
  saturate: boolean;
  /** The constant added to x_m + y_m, a multiple of 2^-mantissaBits; may depend on the two mantissas. */
  constant: number | ((xm: number, ym: number) => number);
}

export const binary32: OracleFormat = {
  bits: 32,
  mantissaBits: 23,
  bias: 127,
  maxFinite: 0x7f7fffff,
  infinity: 0x7f800000,
  nan: 0x7fc00000,
};

export const paperRule: OracleRule = {
  format: binary32,
  k: 23,
  mantissa: "trunc",
  form: "carry",
  special: "safe",
  saturate: false,
  constant: 1 / 16,
};

interface Parts {
  sign: number;
  magnitude: number;
  exponentField: number;
  /** Fraction in [0, 1). */
  fraction: number;
}

function parts({ bits, mantissaBits }: OracleFormat, code: number): Parts {
  const sign = Math.floor(code / 2 ** (bits - 1));
  const magnitude = code % 2 ** (bits - 1);
  const exponentField = Math.floor(magnitude / 2 ** mantissaBits);
  return { sign, magnitude, exponentField, fraction: (magnitude % 2 ** mantissaBits) / 2 ** mantissaBits };
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** The operand with its mantissa brought down to k bits; infinities and NaN as they are. */
export function reduceOracle(rule: OracleRule, code: number): number {
  const { format, k, mantissa } = rule;
  const { sign, magnitude, exponentField, fraction } = parts(format, code);
  if (k >= format.mantissaBits || magnitude > format.maxFinite) return code;
  const units = fraction * 2 ** k;
  // An odd integer part decides ties, and for k = 0 bits left it would be the exponent's; k is at least 1.
  const kept = (mantissa === "rne" ? roundHalfEven(units) : Math.floor(units)) / 2 ** k;
  const reduced = (exponentField + kept) * 2 ** format.mantissaBits;
  const top = format.infinity ?? format.maxFinite;
  const clamped = reduced > top ? (rule.saturate ? format.maxFinite : (format.infinity ?? format.nan)) : reduced;
  return sign * 2 ** (format.bits - 1) + clamped;
}

/** The mantissa function of s: what 1 + s becomes when the integer carry has moved the exponent. */
function carried(s: number): number {
  if (s < 1) return 1 + s;
  return s < 2 ? 2 * s : 4 * (s - 1);
}

/** L-Mul of two codes, as a code; operands are reduced first. */
export function lmulOracle(rule: OracleRule, a: number, b: number): number {
  const { format, form, special, saturate } = rule;
  const { mantissaBits, bias, maxFinite, infinity, nan } = format;
  const x = parts(format, reduceOracle(rule, a));
  const y = parts(format, reduceOracle(rule, b));
  const signBit = 2 ** (format.bits - 1);
  const sign = x.sign !== y.sign ? signBit : 0;
  const constant = typeof rule.constant === "number" ? rule.constant : rule.constant(x.fraction, y.fraction);
  const s = x.fraction + y.fraction + constant;
  const exponent = x.exponentField + y.exponentField - bias;
  if (special === "raw") {
    const fields = form === "carry" ? exponent + s : exponent + linearFields(s, mantissaBits);
    const code = fields * 2 ** mantissaBits;
    return sign + (((code % signBit) + signBit) % signBit);
  }
  const isNaNCode = ({ magnitude }: Parts) => magnitude > maxFinite && magnitude !== infinity;
  if (isNaNCode(x) || isNaNCode(y)) return nan;
  const isFlushed = x.exponentField === 0 || y.exponentField === 0;
  if (x.magnitude === infinity || y.magnitude === infinity) return isFlushed ? nan : sign + (infinity as number);
  if (isFlushed) return sign;
  let value = form === "carry" ? carried(s) : roundHalfEven((1 + s) * 2 ** (mantissaBits - (s < 1 ? 0 : 1)));
  if (form === "linear") value *= 2 ** ((s < 1 ? 0 : 1) - mantissaBits);
  let e = exponent;
  for (; value >= 2; e++) value /= 2;
  if (e < 1) return sign;
  const code = (e + value - 1) * 2 ** mantissaBits;
  return sign + (code > maxFinite ? (saturate ? maxFinite : (infinity ?? nan)) : code);
}

/** Exponent carry plus fraction of 1 + s, rounded to `mantissaBits`: what linear adds to the exponent field. */
function linearFields(s: number, mantissaBits: number): number {
  if (s < 1) return s;
  const half = roundHalfEven(((1 + s) / 2) * 2 ** mantissaBits) / 2 ** mantissaBits;
  return half < 2 ? 1 + (half - 1) : 2;
}

const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

export function bitsOf(x: number): number {
  word[0] = x;
  return wordBits[0] as number;
}

export function floatOf(bits: number): number {
  wordBits[0] = bits;
  return word[0] as number;
}

/** A product of two f32 values; matmul and attention oracles take one of these. */
export type ProductOracle = (a: number, b: number) => number;

export const lmulProduct = (rule: OracleRule): ProductOracle => {
  return (a, b) => floatOf(lmulOracle(rule, bitsOf(a), bitsOf(b)));
};

/**
 * C[m, n] = sum over ascending k of product(A[m, k], B[k, n]), each addition rounded to f32 and then by `round`.
 * `magnitude` holds sum |term|, which error bounds are stated in.
 */
export function lmulMatmulOracle(
  [a, b]: readonly [ArrayLike<number>, ArrayLike<number>],
  [m, k, n]: readonly [number, number, number],
  product: ProductOracle,
  round: (sum: number) => number = (sum) => sum,
): { values: Float32Array; magnitude: Float64Array } {
  const values = new Float32Array(m * n);
  const magnitude = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const term = product(a[i * k + p] as number, b[p * n + j] as number);
        sum = round(Math.fround(sum + term));
        magnitude[i * n + j]! += Math.abs(term);
      }
      values[i * n + j] = sum;
    }
  }
  return { values, magnitude };
}

/** dL(x, y)/dx from the definition: 2^y_e times the slope of the mantissa function, with the sign of y. */
export function lmulSlopeOracle(rule: OracleRule, a: number, b: number): number {
  const x = parts(binary32, reduceOracle(rule, bitsOf(a)));
  const y = parts(binary32, reduceOracle(rule, bitsOf(b)));
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  const sign = y.sign ? -1 : 1;
  if (y.exponentField === 0) return sign * 0;
  const constant = typeof rule.constant === "number" ? rule.constant : rule.constant(x.fraction, y.fraction);
  const s = x.fraction + y.fraction + constant;
  const steepness = rule.form === "linear" || s < 1 ? 1 : s < 2 ? 2 : 4;
  const slope = steepness * 2 ** (y.exponentField - 127);
  return sign * (slope >= 2 ** 128 ? Infinity : slope);
}
