/**
 * Euclid's algorithm on long integers by Lehmer's method (Knuth, TAOCP 2, 4.5.2, algorithm L): the quotients come from
 * leading bits, and the long numbers are touched once per dozen or more of them.
 */
import type { ExactKernels } from "../kernels.js";
import { bitLength, hexOf, limbsOfHex, readLimbs, words, writeHex } from "./limbs.js";

/** (a, b) with a >= b >= 0, and the magnitudes of b's cofactors so far; their signs alternate, `odd` says how they stand. */
export interface EuclidState {
  a: bigint;
  b: bigint;
  /** a = +-s x and b = -+t x modulo y, where (y, x) began. */
  s: bigint;
  t: bigint;
  odd: boolean;
}

export interface Matrix {
  readonly A: number;
  readonly B: number;
  readonly C: number;
  readonly D: number;
  readonly odd: boolean;
}

/** Below so many bits the conversion to limbs costs more than it saves. */
export const kernelBits = 512;

/**
 * Steps until b has at most `bits` bits, or nearly so: never beyond, and less than 128 bits short of it.
 * @param cofactors whether s and t are wanted
 */
export function reduceTo(state: EuclidState, bits: number, cofactors: boolean, kernels?: ExactKernels): void {
  const stop = Math.max(2, Math.ceil(bits / 32) + 2);
  while (state.b !== 0n) {
    const size = bitLength(state.b);
    if (size <= Math.max(64, bits + 64)) return;
    if (kernels && size >= kernelBits && size > stop * 32) reduceByKernel(state, stop, cofactors, kernels);
    else reduceByNumbers(state, bits + 32, cofactors);
    // A quotient that the leading bits do not show.
    if (state.b !== 0n && bitLength(state.b) > bits + 64) divideOnce(state, cofactors);
  }
}

/** One step of Euclid's algorithm. */
export function divideOnce(state: EuclidState, cofactors: boolean): void {
  const { a, b } = state;
  if (cofactors) {
    const q = a / b;
    [state.s, state.t] = [state.t, state.s + q * state.t];
    [state.a, state.b] = [b, a - q * b];
  } else [state.a, state.b] = [b, a % b];
  state.odd = !state.odd;
}

function reduceByKernel(state: EuclidState, stop: number, cofactors: boolean, kernels: ExactKernels): void {
  kernels.run("gcd", (w) => {
    const hexes = [hexOf(state.a), hexOf(state.b)] as const;
    const n = limbsOfHex(hexes[0]);
    const sHex = cofactors ? hexOf(state.s) : "";
    const tHex = cofactors ? hexOf(state.t) : "";
    // The cofactors grow by what a and b shrink.
    const before = Math.max(limbsOfHex(sHex), limbsOfHex(tHex));
    const m = cofactors ? before + n + 2 : 0;
    const ptr = w.scratch((2 * n + 2 * m + 8) * 4);
    const memory = words(w.bytes, ptr, 2 * n + 2 * m + 8);
    writeHex(hexes[0], memory.subarray(0, n));
    writeHex(hexes[1], memory.subarray(n, 2 * n));
    if (cofactors) {
      writeHex(sHex, memory.subarray(2 * n, 2 * n + m));
      writeHex(tHex, memory.subarray(2 * n + m, 2 * n + 2 * m));
    }
    const info = memory.subarray(2 * n + 2 * m);
    info.set([n, before, 0, 0]);
    const at = (limbs: number) => ptr + limbs * 4;
    w.kernels.limbs_lehmer(
      ...([ptr, at(n), n, cofactors ? at(2 * n) : 0, cofactors ? at(2 * n + m) : 0, stop, at(2 * n + 2 * m)] as const),
    );
    const [left, used, parity] = info as unknown as [number, number, number];
    state.a = readLimbs(memory.subarray(0, left));
    state.b = readLimbs(memory.subarray(n, n + left));
    if (cofactors) {
      state.s = readLimbs(memory.subarray(2 * n, 2 * n + used));
      state.t = readLimbs(memory.subarray(2 * n + m, 2 * n + m + used));
    }
    if (parity) state.odd = !state.odd;
  });
}

/** The same in JavaScript numbers: 53 leading bits, cofactors below 2^26, until b has at most `bits` bits. */
function reduceByNumbers(state: EuclidState, bits: number, cofactors: boolean): void {
  let size = bitLength(state.a);
  for (;;) {
    const shift = Math.max(0, size - 53);
    const x = Number(state.a >> BigInt(shift));
    const y = Number(state.b >> BigInt(shift));
    if (shift + Math.log2(y) < bits) return;
    const m = shift > 0 ? leadingSteps(x, y) : undefined;
    if (!m || m.B === 0) return;
    const [A, B, C, D] = [BigInt(m.A), BigInt(m.B), BigInt(m.C), BigInt(m.D)];
    const { a, b, s, t } = state;
    [state.a, state.b] = m.odd ? [B * b - A * a, C * a - D * b] : [A * a - B * b, D * b - C * a];
    if (cofactors) [state.s, state.t] = [A * s + B * t, C * s + D * t];
    if (m.odd) state.odd = !state.odd;
    size = shift + Math.floor(Math.log2(x / m.D)) + 3;
    size = Math.min(size, bitLengthAbove(state.a, size));
  }
}

/** The bit length of x, which is known to be at most a few bits below `guess`, or found anew. */
function bitLengthAbove(x: bigint, guess: number): number {
  const base = Math.max(0, guess - 52);
  const top = Number(x >> BigInt(base));
  return top === 0 || top >= 2 ** 53 ? bitLength(x) : base + Math.floor(Math.log2(top)) + 1;
}

/** The quotients that numbers beginning with x >= y share, as a matrix of magnitudes (Jebelean's condition). */
export function leadingSteps(x: number, y: number): Matrix {
  let [A, B, C, D] = [1, 0, 0, 1];
  let odd = false;
  while (y > 0) {
    const q = Math.floor(x / y);
    const r = x - q * y;
    const U = A + q * C;
    const V = B + q * D;
    const most = Math.max(U, V);
    if (most >= 2 ** 26 || r < most || y - r < most + Math.max(C, D)) break;
    [x, y, A, B, C, D] = [y, r, C, D, U, V];
    odd = !odd;
  }
  return { A, B, C, D, odd };
}
