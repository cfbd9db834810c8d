/**
 * Products of matrices of polynomials modulo p, by transforms: every entry is transformed once, products are summed before the
 * way back. A single product is the matrix of one entry.
 *
 * Modulo a prime that has no roots of its own the numbers are computed modulo three primes that have, and put together again:
 * a sum of n products is below n p^2, which must stay below the product of the primes (2^92).
 */
import { InputError } from "../../backends/contract.js";
import type { ExactKernels } from "../kernels.js";
import type { PrimeField } from "./field.js";
import { makeTransform, shortestLog, type Transform, transformPrimes, twoAdicity } from "./transform.js";
import type { Residues } from "./vectors.js";
import { invMod, mulMod } from "./word-primes.js";
import { type ExactRun, type Region, regions } from "./workspace.js";

export type PolynomialMatrix = readonly (readonly Residues[])[];

const [p1, p2, p3] = transformPrimes;
const inverse12 = invMod(p1 % p2, p2);
const inverse123 = invMod(mulMod(p1 % p3, p2 % p3, p3), p3);

/** a b, both rectangular and not empty; entries of the result are not trimmed: all have the length of the longest. */
export function multiplyByTransforms(
  { p }: PrimeField,
  kernels: ExactKernels,
  a: PolynomialMatrix,
  b: PolynomialMatrix,
): Uint32Array<ArrayBuffer>[][] {
  const longest = (m: PolynomialMatrix) => m.reduce((n, row) => row.reduce((k, f) => Math.max(k, f.length), n), 0);
  const length = longest(a) + longest(b) - 1;
  const log = Math.max(shortestLog, Math.ceil(Math.log2(Math.max(1, length))));
  const own = twoAdicity(p) >= log;
  if (!own && log > 25) throw new InputError("multiply", "b", `makes a product of ${length} coefficients, over 2^25`);
  const primes = own ? [p] : transformPrimes;
  const transforms = primes.map((prime) => makeTransform(kernels, prime, log));
  const [rows, inner, columns] = [a.length, b.length, (b[0] as readonly Residues[]).length];
  return kernels.run("multiply", (w) => {
    const n = 2 ** log;
    const count = rows * inner + inner * columns + 1 + rows * columns * primes.length;
    const parts = regions(w, Array<number>(count).fill(n));
    const take = (k: number) => parts.splice(0, k);
    const [left, right, spare] = [take(rows * inner), take(inner * columns), take(1)[0] as Region];
    const results = transforms.map((transform) => {
      const products = take(rows * columns);
      for (const [i, f] of a.flat().entries()) load(w, transform, f, left[i] as Region);
      for (const [i, f] of b.flat().entries()) load(w, transform, f, right[i] as Region);
      products.forEach((product, i) => {
        const row = Math.floor(i / columns);
        for (let k = 0; k < inner; k++) {
          const x = left[row * inner + k] as Region;
          const y = right[k * columns + (i % columns)] as Region;
          multiplyAdd(w, transform, x, y, product, k > 0 ? spare : undefined);
        }
        transform.inverse(w, product.ptr);
      });
      return products;
    });
    const [first, second, third] = results as [Region[], Region[], Region[]];
    if (!own) {
      first.forEach(({ ptr }, i) => {
        const [x, y] = [(second[i] as Region).ptr, (third[i] as Region).ptr];
        const padded = (length + 3) & ~3;
        w.kernels.residues_garner(ptr, x, y, ptr, padded, p1, p2, p3, inverse12, inverse123, p);
      });
    }
    const entry = (i: number, j: number) =>
      (first[i * columns + j] as Region).words.slice(0, length) as Uint32Array<ArrayBuffer>;
    return a.map((_, i) => Array.from({ length: columns }, (_, j) => entry(i, j)));
  });
}

function load(w: ExactRun, transform: Transform, f: Residues, { ptr, words }: Region): void {
  words.set(f);
  words.fill(0, f.length);
  w.kernels.residues_scale(ptr, 1, ptr, f.length, transform.p);
  transform.forward(w, ptr);
}

/** product (+)= x y / n: what the way back makes too large. */
function multiplyAdd(w: ExactRun, { p, log }: Transform, x: Region, y: Region, to: Region, spare?: Region): void {
  const n = 2 ** log;
  const dst = spare ?? to;
  w.kernels.residues_mul(x.ptr, y.ptr, invMod(n % p, p), dst.ptr, n, p);
  if (spare) w.kernels.residues_add(to.ptr, spare.ptr, to.ptr, n, p);
}
