/**
 * The entries d of an intersection number <tau_d1 ... tau_dn>_g: what is legal, and which genus they mean.
 *
 * The integral over the moduli space of genus g with n marked points is not 0 only if 2g - 2 + n > 0 and d1 + ... + dn is the
 * dimension 3g - 3 + n, so that d alone says which g.
 */
import { InputError } from "../../backends/contract.js";

/** Above this sum no route ends in a reasonable time, and numbers are longer than strings may be. */
const largestSum = 100_000;

/** d in descending order. @throws InputError when it is not a list of one or more non-negative integers of a sane size */
export function checkEntries(op: string, d: ArrayLike<number>): number[] {
  if (!d || typeof d.length !== "number" || d.length === 0) {
    throw new InputError(op, "d", "is not a list of one or more entries");
  }
  const entries = Array.from(d);
  const wrong = entries.findIndex((entry) => !(Number.isSafeInteger(entry) && entry >= 0));
  if (wrong >= 0) throw new InputError(op, "d", `has ${String(entries[wrong])} at ${wrong}, not an integer >= 0`);
  const sum = sumOf(entries);
  if (sum > largestSum || entries.length > largestSum) {
    throw new InputError(op, "d", `has ${entries.length} entries of sum ${sum}; the limit of both is ${largestSum}`);
  }
  return entries.sort((a, b) => b - a);
}

export function sumOf(entries: readonly number[]): number {
  return entries.reduce((sum, entry) => sum + entry, 0);
}

/** The genus of which d has the dimension; undefined when there is none. */
export function genusOf(d: readonly number[]): number | undefined {
  const genus = (sumOf(d) - d.length) / 3 + 1;
  return Number.isInteger(genus) && genus >= 0 ? genus : undefined;
}

/** @throws InputError when genus g with n marked points has no moduli space, or they are no counts */
export function checkStable(op: string, g: number, n: number): void {
  if (!(Number.isSafeInteger(g) && g >= 0)) throw new InputError(op, "genus", `is ${String(g)}, not an integer >= 0`);
  if (2 * g - 2 + n <= 0)
    throw new InputError(op, "genus", `${g} with ${n} points is not stable: 2g - 2 + n must be positive`);
}

/** The distinct entries with their counts, in the order of d. */
export function multiplicities(d: readonly number[]): [entry: number, count: number][] {
  const found: [number, number][] = [];
  for (const entry of d) {
    const last = found.at(-1);
    if (last?.[0] === entry) last[1]++;
    else found.push([entry, 1]);
  }
  return found;
}
