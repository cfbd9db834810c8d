/** Moduli and residues as they come in: what is checked before anything is computed with them. */

/** 2^31 - 1: the largest prime of the kernels, and the usual choice. */
export const mersenne31 = 2147483647n;

/** Enough for every n below 3.3e24 (Sorenson and Webster 2017). */
const witnesses = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n];

/** Whether n < 2^64 is a prime: Miller and Rabin's test with witnesses that leave no doubt there. */
export function isPrime(n: bigint): boolean {
  if (n < 2n) return false;
  for (const w of witnesses) if (n % w === 0n) return n === w;
  let odd = n - 1n;
  let twos = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) twos++;
  return witnesses.every((w) => {
    let x = power(w, odd, n);
    if (x === 1n || x === n - 1n) return true;
    for (let i = 1; i < twos; i++) {
      x = (x * x) % n;
      if (x === n - 1n) return true;
    }
    return false;
  });
}

/** base^exponent modulo n. */
export function power(base: bigint, exponent: bigint, n: bigint): bigint {
  let result = 1n % n;
  let square = ((base % n) + n) % n;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % n;
    square = (square * square) % n;
  }
  return result;
}

/** a in 0..n-1. */
export function modulo(a: bigint, n: bigint): bigint {
  const r = a % n;
  return r < 0n ? r + n : r;
}

/** @throws TypeError unless it is an integer; RangeError unless it is a prime below 2^61 */
export function checkedPrime(prime: bigint | number): bigint {
  const p = checkedInteger("prime", prime);
  if (p < 2n || p >= 1n << 61n) throw new RangeError(`prime is ${p}, expected a prime from 2 to 2^61`);
  if (!isPrime(p)) throw new RangeError(`prime is ${p}, which is not a prime`);
  return p;
}

/** @throws TypeError for anything but a bigint or a safe integer */
export function checkedInteger(name: string, value: bigint | number): bigint {
  if (typeof value === "bigint") return value;
  if (!Number.isSafeInteger(value)) throw new TypeError(`${name} is ${String(value)}, expected an integer`);
  return BigInt(value);
}

/** Terms as bigint. @throws TypeError naming the first that is no integer */
export function checkedTerms(sequence: readonly (bigint | number)[] | ArrayLike<number>): bigint[] {
  return Array.from(sequence as ArrayLike<bigint | number>, (term, n) => checkedInteger(`term ${n}`, term));
}
