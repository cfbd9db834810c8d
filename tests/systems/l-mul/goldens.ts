/**
 * Published and recomputed figures of L-Mul, as data: shared by the tests of the oracle and of every implementation. Each
 * names its row of section 12, "Test vectors", of the reference sheet for L-Mul (Luo and Sun 2024, arXiv 2410.00907).
 */

/** Row "fp32, OFF 0x3F780000": a, b -> raw bits, and safe bits where they differ. */
export const lmulVectors: [string, string, string, string?][] = [
  ["3F800000", "3F800000", "3F880000"],
  ["40A00000", "40A00000", "41C80000"],
  ["40400000", "40800000", "41480000"],
  ["3FC00000", "3FC00000", "40080000"],
  ["40000000", "40000000", "40880000"],
  ["C0000000", "40400000", "C0C80000"],
  ["C0700000", "40A00000", "C1980000"],
  ["42F6E979", "BF000000", "C27EE979"],
  ["3DCCCCCD", "3E4CCCCD", "3CA1999A"],
  ["3FFC0000", "3FFC0000", "40800000"],
  ["40490FDB", "402DF854", "40FF082F"],
  ["3EAAAAAB", "40400000", "3F72AAAB"],
  ["3FA00000", "3FE00000", "40080000"],
  ["BA83126F", "3A83126F", "B58E24DE"],
  ["00000000", "3F800000", "00080000", "00000000"],
  ["00000000", "00000000", "40880000", "00000000"],
  ["00000000", "3C23D70A", "7CABD70A", "00000000"],
  ["1E3CE508", "1E3CE508", "7D01CA10", "00000000"],
  ["60AD78EC", "60AD78EC", "01E2F1D8", "7F800000"],
  ["7F61B1E6", "3FC00000", "7FA9B1E6", "7F800000"],
  ["80000000", "40000000", "80880000", "80000000"],
  ["000116C2", "3F800000", "000916C2", "00000000"],
];

/** Row "trunc/rne": value, k -> bits truncated, bits rounded to nearest even. */
export const operandVectors: [number, number, number, number][] = [
  [3.14159265, 2, 0x40400000, 0x40400000],
  [3.14159265, 3, 0x40400000, 0x40500000],
  [3.14159265, 4, 0x40480000, 0x40480000],
  [-3.75, 2, 0xc0600000, 0xc0800000],
  [1.96875, 3, 0x3ff00000, 0x40000000],
  [0.1, 4, 0x3dc80000, 0x3dd00000],
];

/** Row "Bulk": what 65536 pseudo-random pairs come to. */
export const bulk = {
  firstPair: [0x00042021, 0x04080601],
  raw: { xor: 0x8edaf721, sum: 0x2417c20b },
  safe: { xor: 0xb0748782, sum: 0x7bea97c4, nan: 520, infinite: 8229, zero: 8611 },
} as const;

/** The pairs of row "Bulk": xorshift32 from seed 1. */
export function xorshiftPairs(count = 65536): [number, number][] {
  let state = 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return Array.from({ length: count }, () => [next(), next()]);
}

/** The 65536 products a * 256 + b of E4M3 codes: SHA-256 and sum of the bytes. */
export const byteTables = {
  /** Row "native8 tables": safe, saturating. */
  native: { sha256: "a0378b7dd2d2095a2ee1ab6e2f3ce513b1e18c7dcb80f7e11ce78069d6e76ec6", sum: 8522256 },
  /** Row "True fp8 product table": decode, multiply exactly, saturating encode; NaN -> 0x7F. */
  multiply: { sha256: "6cfb387f3d8d437ed7e769158fe58000fdd130a8394b9ec803d659db7e4c91f4", sum: 8645820 },
} as const;

/** SHA-256 of the codes of all bf16 patterns 0..65535, not saturated: section 5, "FP8", from jax-ml/ml_dtypes. */
export const encodings = {
  e4m3: "ecbb201b2182a3e8e84f521d57c51ff379e8e5ec61141119005be7d672db0d98",
  e5m2: "090ec74f2f7cc325aefd5b24d8a7db182ffbf980e5b9178e583b42669f409a76",
} as const;

/** Row "L-matmul": a 3x4 by 4x2 product. */
export const matmulVector = {
  a: [1, 2, 3, 4, -0.5, 0.25, 0, 1.5, 10, -20, 0.125, 7],
  b: [0.5, -1, 1.5, 2.25, -3, 0, 0.75, 0.001],
  exact: [-2.5, 3.504, 1.25, 1.064, -20.125, -54.993],
  bits: [0xbfdc0000, 0x406c4589, 0x3f980000, 0x3f9032c5, 0xc1972000, 0xc261f8a7],
  trunc3: [-1.9375, 3.8793945, 1.25, 1.1890869, -19.40625, -58.992676],
  trunc2: [-2.375, 3.7548828, 1.375, 1.251709, -20.4375, -59.992188],
};

function hash(value: number): number {
  let u = value >>> 0;
  u = Math.imul(u ^ (u >>> 16), 0x85ebca6b);
  u = Math.imul(u ^ (u >>> 13), 0xc2b2ae35);
  return (u ^ (u >>> 16)) >>> 0;
}

/** Row "Attention": val(0, 0..3), elements of the inputs, the first of the exact result in f64, and errors (see published.ts). */
export const attentionVector = {
  uniform: [-0.1824011376593262, -0.30876523116603494, 0.023204097291454673, -0.3569839883130044],
  q: [0.53678834, 0.31487346, -0.41939268],
  lastV: 1.2884773,
  exact: [0.00019233, 0.05173893, -0.14789912, 0.02701464],
} as const;

/** val(s, i) of row "Attention": a hash of the stream and the index, in [-0.5, 0.5). */
export const uniform = (stream: number, i: number): number => hash(i + 65536 * stream + 1) / 2 ** 32 - 0.5;

/** g(s, i) of row "Attention": the sum of twelve uniforms, near-normal, rounded to f32. */
export function nearNormal(stream: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < 12; j++) sum += uniform(stream, 12 * i + j);
    return sum;
  });
}
