/** The product on the host, on codes: what the error statistics use, and one number at a time for whoever wants it. */
import { overflowCode } from "./format.js";
import type { LMulOptions } from "./options.js";
import { type Rule, resolveRule } from "./rule.js";

const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

export function f32Bits(x: number): number {
  word[0] = x;
  return wordBits[0] as number;
}

export function f32OfBits(bits: number): number {
  wordBits[0] = bits;
  return word[0] as number;
}

/** Brings an operand down to the rule's k mantissa bits; infinities and NaN pass unchanged. */
export function reduceCode({ format, k, mantissa, saturate }: Rule, code: number): number {
  const dropped = format.mantissaBits - k;
  const magnitudeMask = 2 ** (format.bits - 1) - 1;
  const magnitude = code & magnitudeMask;
  if (dropped <= 0 || magnitude > format.maxFinite) return code;
  const half = mantissa === "rne" ? (1 << (dropped - 1)) - 1 + ((magnitude >>> dropped) & 1) : 0;
  const reduced = ((magnitude + half) >>> dropped) << dropped;
  // Only E4M3 can overflow past its code space: the others carry into infinity.
  const overflows = reduced > (format.infinity ?? format.maxFinite);
  return code - magnitude + (overflows ? overflowCode(format, saturate) : reduced);
}

/** L-Mul of two codes of the rule's format that `reduceCode` has seen. */
export function productOfCodes(rule: Rule, a: number, b: number): number {
  const { format } = rule;
  const signBit = 2 ** (format.bits - 1);
  const x = a & (signBit - 1);
  const y = b & (signBit - 1);
  const sign = a >= signBit !== b >= signBit ? signBit : 0;
  // Up to 2^32 in magnitude, so a double; only `raw` takes it modulo the code space.
  const sum = magnitudeSum(rule, x, y);
  if (rule.special === "raw") return sign + (sum & (signBit - 1));

  const { infinity, maxFinite, nan } = format;
  const smallestNormal = 1 << format.mantissaBits;
  const isInfinite = x === infinity || y === infinity;
  if (x > (infinity ?? maxFinite) || y > (infinity ?? maxFinite)) return nan;
  if (x < smallestNormal || y < smallestNormal) return isInfinite ? nan : sign;
  if (isInfinite) return sign + infinity;
  if (sum < smallestNormal) return sign;
  return sign + (sum > maxFinite ? overflowCode(format, rule.saturate) : sum);
}

/** |x| + |y| - offset as an exact integer, with the correction of Eq. 1 where the linear form asks for it. */
function magnitudeSum({ format, offset, table, form }: Rule, x: number, y: number): number {
  const one = 1 << format.mantissaBits;
  const xm = x & (one - 1);
  const ym = y & (one - 1);
  let constant = offset;
  if (table) {
    const shift = format.mantissaBits - table.bits;
    constant -= table.corrections[((xm >>> shift) << table.bits) + (ym >>> shift)] as number;
  }
  const sum = x + y - constant;
  if (form === "carry") return sum;
  const s = xm + ym + format.bias * one - constant;
  if (s < one) return sum;
  // 1 + s is in [2, 4): one bit too many, and when it is set the value is a tie.
  const halved = (one + s) >>> 1;
  return sum - s + halved + ((one + s) & halved & 1);
}

/**
 * L-Mul of two numbers, taken as f32; the result is an f32 too.
 * @example lmulNumber(5, 5) // 25
 * @throws InputError for an option out of range.
 */
export function lmulNumber(a: number, b: number, options?: Omit<LMulOptions, "fp8Path">): number {
  const rule = resolveRule("lmulNumber", ["f32", "f32"], options);
  return f32OfBits(productOfCodes(rule, reduceCode(rule, f32Bits(a)), reduceCode(rule, f32Bits(b))));
}
