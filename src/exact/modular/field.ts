/** The field of residues modulo a prime below 2^31: what vectors, polynomials and matrices of residues are over. */
import { InputError } from "../../backends/contract.js";
import type { ExactKernels, ExactOptions } from "../kernels.js";
import { invMod, isWordPrime, mulMod, powMod } from "./word-primes.js";

export class PrimeField {
  readonly p: number;
  /** Undefined without kernels, and for p = 2, which Montgomery's method does not have. */
  readonly kernels: ExactKernels | undefined;

  /** @throws InputError when p is not a prime below 2^31 */
  constructor(p: number, { kernels }: ExactOptions = {}) {
    if (!isWordPrime(p)) throw new InputError("PrimeField", "p", `must be a prime below 2^31, got ${p}`);
    this.p = p;
    this.kernels = p === 2 ? undefined : kernels;
  }

  add(a: number, b: number): number {
    return (a + b) % this.p;
  }

  sub(a: number, b: number): number {
    return a >= b ? a - b : a + this.p - b;
  }

  mul(a: number, b: number): number {
    return mulMod(a, b, this.p);
  }

  pow(a: number, e: number): number {
    return powMod(a, e, this.p);
  }

  /** @throws InputError for 0 */
  inverse(a: number): number {
    if (a % this.p === 0) throw new InputError("inverse", "a", `is 0 modulo ${this.p}`);
    return invMod(a % this.p, this.p);
  }

  /** The residue of any integer. */
  residue(x: bigint | number): number {
    if (typeof x === "number") return ((x % this.p) + this.p) % this.p;
    const r = Number(x % BigInt(this.p));
    return r < 0 ? r + this.p : r;
  }

  /** The residues of many integers. */
  residues(values: Iterable<bigint | number>): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(values, (x) => this.residue(x));
  }
}

/** @throws InputError when `a` is not a Uint32Array of residues */
export function checkResidues(op: string, argument: string, a: unknown, { p }: PrimeField): void {
  if (!(a instanceof Uint32Array)) throw new InputError(op, argument, "must be a Uint32Array of residues");
  for (let i = 0; i < a.length; i++) {
    if ((a[i] as number) >= p) throw new InputError(op, argument, `[${i}] = ${a[i]} is not below ${p}`);
  }
}
