/** Berlekamp-Massey term by term: terms may come in at any time, and the recurrence so far is always there. */

import { invertModulo } from "../../../exact/integers/gcd.js";
import type { LinearRecurrence } from "./linear-recurrence.js";
import { trimmed } from "./linear-recurrence.js";
import { checkedInteger, checkedPrime, modulo } from "./prime-field.js";

/**
 * The recurrence of a growing sequence over GF(p).
 *
 *   const s = new GrowingSequence(101);
 *   s.add(1, 1, 2, 3);
 *   s.recurrence; // { connection: [1n, 100n, 100n], complexity: 2 }
 *
 * Source: J. Massey, Shift-register synthesis and BCH decoding, 1969.
 */
export class GrowingSequence {
  readonly prime: bigint;
  readonly #terms: bigint[] = [];
  #connection = [1n];
  #previous = [1n];
  #shift = 1;
  #discrepancy = 1n;
  #complexity = 0;

  /** @throws TypeError, RangeError unless it is a prime below 2^61 */
  constructor(prime: bigint | number) {
    this.prime = checkedPrime(prime);
  }

  get length(): number {
    return this.#terms.length;
  }

  /** Without terms: L = 0, C = [1]. */
  get recurrence(): LinearRecurrence {
    return { connection: trimmed(this.#connection), complexity: this.#complexity };
  }

  /** @throws TypeError for a term that is no integer; the terms before it have been added */
  add(...terms: readonly (bigint | number)[]): this {
    for (const term of terms) this.#add(modulo(checkedInteger(`term ${this.length}`, term), this.prime));
    return this;
  }

  #add(term: bigint): void {
    const p = this.prime;
    const n = this.#terms.push(term) - 1;
    let sum = 0n;
    for (let i = Math.min(this.#complexity, this.#connection.length - 1); i >= 0; i--) {
      sum += (this.#connection[i] as bigint) * (this.#terms[n - i] as bigint);
    }
    const d = modulo(sum, p);
    if (d !== 0n) this.#correct(d, n);
    this.#shift++;
  }

  /** C becomes C - (d / b) x^m B. */
  #correct(d: bigint, n: number): void {
    const p = this.prime;
    const factor = p - ((d * invertModulo(this.#discrepancy, p)) % p);
    const before = this.#connection;
    const next = before.slice();
    for (const [i, b] of this.#previous.entries()) {
      const at = i + this.#shift;
      while (next.length <= at) next.push(0n);
      next[at] = ((next[at] as bigint) + factor * b) % p;
    }
    this.#connection = next;
    if (2 * this.#complexity > n) return;
    this.#complexity = n + 1 - this.#complexity;
    this.#previous = before;
    this.#discrepancy = d;
    this.#shift = 0;
  }
}
