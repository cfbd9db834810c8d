/**
 * The dyadic integer recursion over G (amplitude.ts), for single numbers: dilaton takes the ones, the string equation the zeros, and
 * what is left goes by the Virasoro constraint of its smallest entry (Dijkgraaf, Verlinde and Verlinde 1991). Numbers once found
 * are kept. The kernels behind `psiRows` do the same for whole ranges.
 */
import { binomial, dilaton } from "./amplitude.js";
import { genusOf, multiplicities } from "./entries.js";

export class IntegerRecursion {
  readonly #known = new Map<string, bigint>([["0,0,0", 1n]]);

  /** Numbers kept so far. */
  get size(): number {
    return this.#known.size;
  }

  /** G of stable descending d. */
  scaled(g: number, d: readonly number[]): bigint {
    const ones = d.filter((entry) => entry === 1).length;
    let rest = d.filter((entry) => entry !== 1);
    let factor = 1n;
    for (let i = 0; i < ones; i++) factor *= dilaton(g, rest.length + i);
    if (g === 0 && rest.length < 3) rest = [0, 0, 0];
    return factor * (rest.length === 0 ? 1n : this.#withoutOnes(g, rest));
  }

  #withoutOnes(g: number, d: readonly number[]): bigint {
    const key = d.join();
    let value = this.#known.get(key);
    if (value === undefined) {
      value = d.at(-1) === 0 ? this.#string(g, d) : this.#constraint(g, d);
      this.#known.set(key, value);
    }
    return value;
  }

  #string(g: number, d: readonly number[]): bigint {
    const rest = d.slice(0, -1);
    let sum = 0n;
    for (const [entry, count] of multiplicities(rest)) {
      if (entry > 0) sum += BigInt(count * (2 * entry + 1)) * this.scaled(g, replaced(rest, entry, [entry - 1]));
    }
    return sum;
  }

  #constraint(g: number, d: readonly number[]): bigint {
    const rest = d.slice(0, -1);
    const k = d.at(-1) as number;
    let sum = 0n;
    for (const [entry, count] of multiplicities(rest)) {
      sum += BigInt(count * (2 * entry + 1)) * this.scaled(g, replaced(rest, entry, [k + entry - 1]));
    }
    for (let a = 0; a <= k - 2; a++) sum += 8n * this.scaled(g - 1, replaced(rest, undefined, [a, k - 2 - a]));
    for (const [left, right, ways] of splittings(rest)) {
      for (let a = 0; a <= k - 2; a++) {
        const one = replaced(left, undefined, [a]);
        const h = genusOf(one);
        if (h === undefined || h < 1 || h >= g) continue;
        sum += ways * this.scaled(h, one) * this.scaled(g - h, replaced(right, undefined, [k - 2 - a]));
      }
    }
    return sum;
  }
}

/** Descending d with one `entry` taken out, if given, and others put in. */
export function replaced(d: readonly number[], entry: number | undefined, others: readonly number[]): number[] {
  const next = [...d];
  if (entry !== undefined) next.splice(next.indexOf(entry), 1);
  for (const other of others) {
    const at = next.findIndex((value) => value < other);
    next.splice(at < 0 ? next.length : at, 0, other);
  }
  return next;
}

/** The ways to split a descending multiset in two, each with its number of ways. */
export function* splittings(d: readonly number[]): Generator<[left: number[], right: number[], ways: bigint]> {
  const distinct = multiplicities(d);
  const chosen = distinct.map(() => 0);
  for (;;) {
    const left = distinct.flatMap(([entry], i) => new Array<number>(chosen[i] as number).fill(entry));
    const right = distinct.flatMap(([entry, count], i) => new Array<number>(count - (chosen[i] as number)).fill(entry));
    yield [left, right, distinct.reduce((ways, [, count], i) => ways * binomial(count, chosen[i] as number), 1n)];
    let at = 0;
    while (at < chosen.length && chosen[at] === distinct[at]?.[1]) chosen[at++] = 0;
    if (at === chosen.length) return;
    chosen[at] = (chosen[at] as number) + 1;
  }
}
