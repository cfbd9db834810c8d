/**
 * Intersection numbers of few points in any genus by the matrix resolvent (Bertola, Dubrovin and Yang 2016) as a transfer
 * matrix: the generating function is a sum over cyclic orders of traces of products of 2 x 2 matrices M(x), over differences
 * x_u - x_v. Expanded for |x_1| > |x_2| > ..., each edge of the cycle is a geometric series, and a coefficient is the trace of
 * a product of finite matrices indexed by the exponents of the edges. All of it runs modulo primes; the integer
 * G = 2^(4g-1) F is put together by the Chinese remainder theorem.
 */

import { invertModulo } from "../../exact/integers/gcd.js";
import { powMod, wordPrimes } from "../../exact/modular/word-primes.js";
import { leadingBits, scaleBits } from "./amplitude.js";
import { moduliSpaceGroup, type PsiKernels } from "./group.js";
import { type Vertices, verticesInJs, verticesOnWasm } from "./vertices.js";

/** One vertex of a cycle: its matrices have the exponents base + step k + outStep k'. */
interface CycleVertex {
  readonly base: number;
  readonly step: number;
  readonly outStep: number;
  /** Values of k' that can matter. */
  readonly outCount: number;
}

interface Cycle {
  readonly sign: number;
  readonly vertices: readonly CycleVertex[];
}

/** The cyclic orders of ascending d, each with the ranges of its edges. */
function cyclesOf(d: readonly number[]): Cycle[] {
  return permutations(d.length - 1).map((order) => {
    const path = [0, ...order.map((v) => v + 1)];
    const n = path.length;
    const at = (j: number) => path[(j + n) % n] as number;
    // Edge j leads from vertex j to the next. The later one in |x| has x^k, the other x^(-k-1).
    const ranges: (number | undefined)[] = new Array(n);
    const range = (j: number): number => {
      const edge = (j + n) % n;
      let most = ranges[edge];
      if (most === undefined) {
        const low = at(edge) < at(edge + 1) ? edge : (edge + 1) % n;
        const other = low === edge ? edge - 1 : edge + 1;
        const neighbour = low === edge ? at(edge - 1) : at(edge + 2);
        const lowLabel = at(low);
        most = 2 + (d[lowLabel] as number) + (neighbour > lowLabel ? -1 : range(other) - 1);
        ranges[edge] = most;
      }
      return most;
    };
    let sign = 1;
    const vertices = path.map((label, j) => {
      const before = at(j - 1);
      const after = at(j + 1);
      if (label > after) sign = -sign;
      const step = label > before ? 1 : -1;
      const outStep = label > after ? 1 : -1;
      const base = 2 + (d[label] as number) - (step < 0 ? 1 : 0) - (outStep < 0 ? 1 : 0);
      return { base, step, outStep, outCount: Math.max(0, range(j)) };
    });
    return { sign, vertices };
  });
}

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

/** About how many modular products one prime takes. */
export function resolventWork(d: readonly number[]): number {
  const [first = 0, ...others] = [...d].sort((a, b) => a - b);
  let orders = 1;
  for (let i = 2; i < d.length; i++) orders *= i;
  const total = others.reduce((sum, entry) => sum + entry, first) + 1;
  return orders * 2 * (first + 1) * (d.length - 1) * (total * total) * 0.25;
}

/** M_e at e: alpha where e = 2, beta where 1, gamma where 0 modulo 3. */
function matrixEntries(length: number, prime: number): Uint32Array {
  const p = BigInt(prime);
  const entries = new Uint32Array(length);
  const half = invertModulo(2n, p);
  let beta = p - 1n;
  for (let q = 0; 3 * q < length + 2; q++) {
    const gamma = q === 0 ? p - 1n : ((p - beta) * BigInt(6 * q + 1) * invertModulo(BigInt(6 * q - 1), p)) % p;
    const alpha = (half * BigInt(6 * q + 1) * beta) % p;
    if (3 * q < length) entries[3 * q] = Number(gamma);
    if (3 * q + 1 < length) entries[3 * q + 1] = Number(beta);
    if (3 * q + 2 < length) entries[3 * q + 2] = Number(alpha);
    const next = BigInt(q + 1);
    beta = (beta * ((6n * next - 1n) * (6n * next - 3n) * (6n * next - 5n))) % p;
    beta = (beta * invertModulo(24n * next, p)) % p;
  }
  return entries;
}

/** The sum of all traces modulo the prime: minus the amplitude F. */
function residue(cycles: readonly Cycle[], first: number, vertices: Vertices, prime: number): bigint {
  let sum = 0n;
  for (const { sign, vertices: path } of cycles) {
    let trace = 0n;
    for (let k = 0; k <= first; k++) for (const spin of [0, 1]) trace += vertices.closed(path, k, spin);
    sum += BigInt(sign) * trace;
  }
  const p = BigInt(prime);
  return ((-sum % p) + p) % p;
}

/** G of stable d of genus g and at least two points. */
export function resolventScaled(g: number, d: readonly number[], kernels?: PsiKernels): bigint {
  const ascending = [...d].sort((a, b) => a - b);
  const cycles = cyclesOf(ascending);
  const bits = leadingBits(g, d.length) + 4 * d.length + 16;
  const longest = 4 + Math.max(...cycles.flatMap(({ vertices }) => vertices.map(reach)));
  const first = ascending[0] as number;
  const run = (limit: number, evaluate: (prime: number) => bigint): bigint => {
    const primeBits = Math.log2(limit) - 0.01;
    const count = Math.max(2, Math.ceil(bits / primeBits) + 1);
    let value = 0n;
    let modulus = 1n;
    const primes = wordPrimes(limit);
    for (let i = 0; i < count; i++) {
      const prime = primes.next().value as number;
      const p = BigInt(prime);
      const scale = BigInt(powMod(2, scaleBits(g), prime));
      const difference = (((evaluate(prime) * scale - value) % p) + p) % p;
      value += modulus * ((difference * invertModulo(modulus % p, p)) % p);
      modulus *= p;
    }
    return value;
  };
  if (!kernels) {
    return run(2 ** 25, (prime) => residue(cycles, first, verticesInJs(matrixEntries(longest, prime), prime), prime));
  }
  let result = 0n;
  kernels.engine.wasm.run(moduliSpaceGroup, "psi", (w) => {
    const widest = Math.max(...cycles.flatMap(({ vertices }) => vertices.map(({ outCount }) => outCount)));
    const memory = {
      entries: w.scratch(4 * longest),
      pairs: [w.scratch(8 * widest + 8), w.scratch(8 * widest + 8)] as const,
    };
    result = run(2 ** 31, (prime) =>
      residue(cycles, first, verticesOnWasm(w, memory, matrixEntries(longest, prime), prime), prime),
    );
  });
  return result;
}

/** The largest exponent that a vertex can ask for. */
function reach({ base, step, outStep, outCount }: CycleVertex, j: number, all: readonly CycleVertex[]): number {
  const inCount = all[(j + all.length - 1) % all.length]?.outCount ?? 0;
  return base + (step > 0 ? inCount : 0) + (outStep > 0 ? outCount : 0);
}
