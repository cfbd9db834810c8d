/**
 * Every arithmetic function of two numbers: its number in the kernels (assembly/elementwise/binary.ts, shaders/binary.wgsl), its f64
 * form and the error of an f32 result. The functions of src/ops/binary.ts and their tests come from this table.
 */
export interface BinaryRow {
  readonly code: number;
  /** Of floats only. */
  readonly floatsOnly?: true;
  /** The f64 form, for those that have no f64 kernel. */
  readonly f64?: (a: number, b: number) => number;
  readonly ulp: number;
  readonly gpuUlp?: number;
  /** Why a GPU does not do it for floats. */
  readonly noGpuFloats?: string;
  readonly bound?: string;
}

function flooredMod(a: number, b: number): number {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}

/** IEEE 754 pow; JavaScript's differs where the base is 1 or -1 and the exponent is not a number. */
const pow = (a: number, b: number): number => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);

export const binaryTable = {
  add: { code: 0, ulp: 0.5 },
  sub: { code: 1, ulp: 0.5 },
  mul: { code: 2, ulp: 0.5 },
  div: { code: 3, ulp: 0.5, gpuUlp: 2.5 },
  minimum: { code: 4, ulp: 0 },
  maximum: { code: 5, ulp: 0 },
  mod: { code: 6, f64: flooredMod, ulp: 0.5, noGpuFloats: "WGSL's remainder of floats is not exact" },
  pow: {
    code: 7,
    floatsOnly: true,
    f64: pow,
    ulp: 1,
    bound:
      "1 ulp of the f32 result on the CPU (computed in f64); on a GPU 4 + 3 |b log2 a| ulp, since an error of log2 a grows with b",
  },
} as const satisfies Record<string, BinaryRow>;

export type BinaryName = keyof typeof binaryTable;
