/**
 * Polynomials over GF(p): a Uint32Array of coefficients from the constant one up, the last not 0; the zero polynomial is empty.
 * Arguments with zeros at the end are taken as they are meant; results are trimmed.
 */
import { InputError } from "../../backends/contract.js";
import type { PrimeField } from "./field.js";
import { multiplyByTransforms } from "./products.js";
import { addVectors, type Residues, scaleVector, subVectors } from "./vectors.js";
import { type Region, regions } from "./workspace.js";

/** Up to so many coefficients of the shorter factor the schoolbook method of the kernels is faster. */
const schoolbookLength = 48;
/** Quotients longer than this come from a reciprocal power series. */
const longQuotient = 128;

/** Without zeros at the end; shares the memory. */
export function trimmed(f: Residues): Residues {
  let n = f.length;
  while (n > 0 && f[n - 1] === 0) n--;
  return n === f.length ? f : f.subarray(0, n);
}

/** f, or what fits, in so many coefficients. */
function padded(f: Residues, length: number): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(length);
  result.set(f.length > length ? f.subarray(0, length) : f);
  return result;
}

export function polyAdd(field: PrimeField, a: Residues, b: Residues): Residues {
  const n = Math.max(a.length, b.length);
  return trimmed(addVectors(field, padded(a, n), padded(b, n)));
}

export function polySub(field: PrimeField, a: Residues, b: Residues): Residues {
  const n = Math.max(a.length, b.length);
  return trimmed(subVectors(field, padded(a, n), padded(b, n)));
}

/** a b: schoolbook when one is short, by number-theoretic transforms otherwise. O(n log n) with kernels. */
export function polyMultiply(field: PrimeField, a: Residues, b: Residues): Residues {
  const [f, g] = [trimmed(a), trimmed(b)];
  if (!f.length || !g.length) return new Uint32Array(0);
  const { kernels } = field;
  if (!kernels) return schoolbook(field, f, g);
  if (Math.min(f.length, g.length) > schoolbookLength) {
    return (multiplyByTransforms(field, kernels, [[f]], [[g]])[0] as Residues[])[0] as Residues;
  }
  return kernels.run("polyMultiply", (w) => {
    const length = f.length + g.length - 1;
    const [x, y, to, space] = regions(w, [f.length, g.length, length, g.length]) as [Region, Region, Region, Region];
    x.words.set(f);
    y.words.set(g);
    w.kernels.residues_convolve(x.ptr, f.length, y.ptr, g.length, to.ptr, space.ptr, field.p);
    return to.words.slice();
  });
}

function schoolbook(field: PrimeField, f: Residues, g: Residues): Residues {
  const result = new Uint32Array(f.length + g.length - 1);
  for (let i = 0; i < f.length; i++) {
    for (let j = 0; j < g.length; j++) {
      result[i + j] = field.add(result[i + j] as number, field.mul(f[i] as number, g[j] as number));
    }
  }
  return result;
}

/** The first n coefficients of 1 / f, f's constant not 0: Newton's iteration, g <- g + g (1 - f g). */
export function polyReciprocal(field: PrimeField, f: Residues, n: number): Residues {
  if (!f[0]) throw new InputError("polyReciprocal", "f", "has no constant coefficient");
  let g: Residues = Uint32Array.of(field.inverse(f[0]));
  for (let length = 1; length < n; ) {
    length = Math.min(2 * length, n);
    const product = padded(polyMultiply(field, f.subarray(0, length), g), length);
    const error = polySub(field, Uint32Array.of(1), product);
    g = padded(polyAdd(field, g, polyMultiply(field, g, error)), length);
  }
  return g.subarray(0, n);
}

export interface Division {
  readonly quotient: Residues;
  readonly remainder: Residues;
}

/** a = quotient b + remainder, deg remainder < deg b. @throws InputError for b = 0 */
export function polyDivide(field: PrimeField, a: Residues, b: Residues): Division {
  const [f, g] = [trimmed(a), trimmed(b)];
  if (!g.length) throw new InputError("polyDivide", "b", "is the zero polynomial");
  if (f.length < g.length) return { quotient: new Uint32Array(0), remainder: f.slice() };
  const { kernels } = field;
  const n = f.length - g.length + 1;
  if (kernels && Math.min(n, g.length) > longQuotient) return divideBySeries(field, f, g, n);
  const inverse = field.inverse(g.at(-1) as number);
  if (kernels) {
    return kernels.run("polyDivide", (w) => {
      const [x, y, q] = regions(w, [f.length, g.length, n]) as [Region, Region, Region];
      x.words.set(f);
      y.words.set(g);
      w.kernels.residues_divide(x.ptr, f.length, y.ptr, g.length, inverse, q.ptr, field.p);
      return { quotient: q.words.slice(), remainder: trimmed(x.words.slice(0, g.length - 1)) };
    });
  }
  const rest = f.slice();
  const quotient = new Uint32Array(n);
  for (let k = n - 1; k >= 0; k--) {
    const t = field.mul(rest[k + g.length - 1] as number, inverse);
    quotient[k] = t;
    for (let i = 0; i < g.length; i++) rest[k + i] = field.sub(rest[k + i] as number, field.mul(t, g[i] as number));
  }
  return { quotient, remainder: trimmed(rest.subarray(0, g.length - 1)) };
}

/** Read from the leading coefficients down, the quotient is the first n coefficients of a / b. */
function divideBySeries(field: PrimeField, f: Residues, g: Residues, n: number): Division {
  const reciprocal = polyReciprocal(field, padded(g.slice().reverse(), n), n);
  const top = f.slice(f.length - n).reverse();
  const quotient = padded(polyMultiply(field, top, reciprocal), n).reverse();
  const low = padded(polyMultiply(field, quotient, g), g.length - 1);
  return { quotient, remainder: polySub(field, f.subarray(0, g.length - 1), low) };
}

/** f divided by its leading coefficient; 0 stays 0. */
export function polyMonic(field: PrimeField, f: Residues): Residues {
  const g = trimmed(f);
  return g.length ? scaleVector(field, field.inverse(g.at(-1) as number), g) : g;
}

/** The value at x. */
export function polyEvaluate(field: PrimeField, f: Residues, x: number): number {
  const { kernels } = field;
  if (kernels && f.length >= 256) {
    return kernels.run("polyEvaluate", (w) => {
      const [a] = regions(w, [f.length]) as [Region];
      a.words.set(f);
      return w.kernels.residues_evaluate(a.ptr, f.length, x, field.p);
    });
  }
  return f.reduceRight((sum, c) => field.add(field.mul(sum, x), c), 0);
}

/** The derivative. */
export const polyDerivative = (field: PrimeField, f: Residues): Residues =>
  trimmed(Uint32Array.from(f.subarray(1), (c, i) => field.mul(c, (i + 1) % field.p)));
