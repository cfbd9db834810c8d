/**
 * Exact conversion between numbers and the storage-only float formats: IEEE binary16, bfloat16 and the two 8-bit
 * formats of the OCP fp8 specification (E4M3 without infinities, E5M2).
 *
 * Encoding rounds once, to nearest with ties to even, from the full double; decoding is exact. This is the reference
 * the WASM and WGSL codecs are held to, and what tensor creation and reading use. Arithmetic happens elsewhere.
 */

export type SmallFloat = "f16" | "bf16" | "e4m3" | "e5m2";

/** Layout `sign | exponent | mantissa`; the codes below are magnitudes, without the sign bit. */
export interface FloatFormat {
  readonly bits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** Largest finite magnitude. */
  readonly maxFinite: number;
  /** Magnitude of infinity; absent where the format has none. */
  readonly infinity?: number;
  /** The NaN that is written; every magnitude above `infinity` (or `maxFinite`) is read as NaN. */
  readonly nan: number;
}

export const floatFormats: Readonly<Record<SmallFloat, FloatFormat>> = {
  f16: { bits: 16, mantissaBits: 10, bias: 15, maxFinite: 0x7bff, infinity: 0x7c00, nan: 0x7e00 },
  bf16: { bits: 16, mantissaBits: 7, bias: 127, maxFinite: 0x7f7f, infinity: 0x7f80, nan: 0x7fc0 },
  e4m3: { bits: 8, mantissaBits: 3, bias: 7, maxFinite: 0x7e, nan: 0x7f },
  e5m2: { bits: 8, mantissaBits: 2, bias: 15, maxFinite: 0x7b, infinity: 0x7c, nan: 0x7e },
};

export interface EncodeOptions {
  /** Overflow and infinity become the largest finite value instead of infinity (E4M3: NaN). Default false. */
  saturate?: boolean;
}

const word = new Float64Array(1);
const wordBits = new Uint32Array(word.buffer);
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const highHalf = isLittleEndian ? 1 : 0;

/** floor(log2(x)) for a positive normal double, from its bits. */
function exponentOf(x: number): number {
  word[0] = x;
  return ((wordBits[highHalf]! >>> 20) & 0x7ff) - 1023;
}

/** Adding 2^52 leaves no fraction bits, so the hardware rounds to the nearest even integer. */
const roundHalfEven = (x: number): number => x + 2 ** 52 - 2 ** 52;

function encodeMagnitude(format: FloatFormat, magnitude: number, saturate: boolean): number {
  if (Number.isNaN(magnitude)) return format.nan;
  const overflow = saturate ? format.maxFinite : (format.infinity ?? format.nan);
  if (magnitude === Infinity) return overflow;
  const smallestExponent = 1 - format.bias;
  const exponent = Math.max(exponentOf(magnitude), smallestExponent);
  if (exponent > format.bias + 1) return overflow;
  // The implicit one and a carry out of the rounding both fall into the exponent field.
  const units = roundHalfEven(magnitude * 2 ** (format.mantissaBits - exponent));
  const code = (exponent - smallestExponent) * 2 ** format.mantissaBits + units;
  return code > format.maxFinite ? overflow : code;
}

function encode(format: FloatFormat, x: number, options?: EncodeOptions): number {
  const isNegative = x < 0 || Object.is(x, -0);
  const code = encodeMagnitude(format, Math.abs(x), options?.saturate ?? false);
  return isNegative ? code | (1 << (format.bits - 1)) : code;
}

function decode(format: FloatFormat, code: number): number {
  const { bits, mantissaBits, bias, maxFinite, infinity } = format;
  const magnitude = code & ((1 << (bits - 1)) - 1);
  const sign = code >>> (bits - 1) ? -1 : 1;
  if (magnitude > maxFinite) return magnitude === infinity ? sign * Infinity : Number.NaN;
  const exponent = magnitude >>> mantissaBits;
  const hidden = exponent === 0 ? 0 : 1 << mantissaBits;
  const units = hidden + (magnitude & ((1 << mantissaBits) - 1));
  return sign * units * 2 ** (Math.max(exponent, 1) - bias - mantissaBits);
}

/** The 16 bits of the binary16 nearest to `x`; a NaN becomes 0x7e00. */
export const encodeF16 = (x: number, options?: EncodeOptions): number => encode(floatFormats.f16, x, options);
/** The 16 bits of the bfloat16 nearest to `x`; a NaN becomes 0x7fc0. */
export const encodeBF16 = (x: number, options?: EncodeOptions): number => encode(floatFormats.bf16, x, options);
/** The 8 bits of the E4M3 nearest to `x`; overflow, infinity and NaN become 0x7f unless saturating. */
export const encodeE4M3 = (x: number, options?: EncodeOptions): number => encode(floatFormats.e4m3, x, options);
/** The 8 bits of the E5M2 nearest to `x`; a NaN becomes 0x7e. */
export const encodeE5M2 = (x: number, options?: EncodeOptions): number => encode(floatFormats.e5m2, x, options);

export const decodeF16 = (code: number): number => decode(floatFormats.f16, code);
export const decodeBF16 = (code: number): number => decode(floatFormats.bf16, code);
export const decodeE4M3 = (code: number): number => decode(floatFormats.e4m3, code);
export const decodeE5M2 = (code: number): number => decode(floatFormats.e5m2, code);

/**
 * Encodes every element, as the scalar encoders do, but keeps the sign of a NaN in Float32Array input (a plain number
 * cannot carry it). Returns Uint16Array for f16 and bf16, Uint8Array for the 8-bit formats.
 */
export function encodeArray(
  dtype: SmallFloat,
  values: ArrayLike<number>,
  options?: EncodeOptions,
): Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  const format = floatFormats[dtype];
  const codes = format.bits === 16 ? new Uint16Array(values.length) : new Uint8Array(values.length);
  const saturate = options?.saturate ?? false;
  const signBit = 1 << (format.bits - 1);
  const floatBits =
    values instanceof Float32Array ? new Uint32Array(values.buffer, values.byteOffset, values.length) : undefined;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const isNegative = floatBits ? floatBits[i]! >>> 31 === 1 : x < 0 || Object.is(x, -0);
    const code = encodeMagnitude(format, Math.abs(x), saturate);
    codes[i] = isNegative ? code | signBit : code;
  }
  return codes;
}

const byteTables: { [dtype in SmallFloat]?: Float32Array } = {};

/** The 256 values of an 8-bit format, indexed by code; built on first use and shared, so not to be written to. */
export function decodeTable(dtype: "e4m3" | "e5m2"): Float32Array {
  let table = byteTables[dtype];
  if (!table) {
    table = Float32Array.from({ length: 256 }, (_, code) => decode(floatFormats[dtype], code));
    byteTables[dtype] = table;
  }
  return table;
}

/** Decodes every element; exact, because f32 holds every value of the four formats. NaN payloads are not kept. */
export function decodeArray(dtype: SmallFloat, codes: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const values = new Float32Array(codes.length);
  if (dtype === "bf16") {
    const floatBits = new Uint32Array(values.buffer);
    for (let i = 0; i < codes.length; i++) floatBits[i] = codes[i]! << 16;
  } else if (dtype === "f16") {
    for (let i = 0; i < codes.length; i++) values[i] = decode(floatFormats.f16, codes[i]!);
  } else {
    const table = decodeTable(dtype);
    for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!;
  }
  return values;
}
