/** Primes below 2^31 and arithmetic of single residues, in JavaScript numbers. */

/** Every residue and every sum of two of them fits 32 bits. */
export const wordLimit = 2 ** 31;

/** a b mod p for a, b < p < 2^31: the product is taken in two parts, each below 2^53. */
export function mulMod(a: number, b: number, p: number): number {
  return (((a * (b >>> 16)) % p) * 65536 + a * (b & 0xffff)) % p;
}

/** a^e mod p, e >= 0 (also beyond 2^32). */
export function powMod(a: number, e: number, p: number): number {
  let result = 1 % p;
  let square = a % p;
  for (let rest = e; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = mulMod(result, square, p);
    square = mulMod(square, square, p);
  }
  return result;
}

/** 1/a modulo a prime p, a not 0. */
export function invMod(a: number, p: number): number {
  let [x, y, s, t] = [p, a, 0, 1];
  while (y > 1) {
    const q = Math.floor(x / y);
    [x, y, s, t] = [y, x - q * y, t, s - q * t];
  }
  return t < 0 ? t + p : t;
}

/** Whether n < 2^31 is a prime: the strong test to the bases 2, 3, 5, 7 has no liar below 3,215,031,751 (Jaeschke 1993). */
export function isWordPrime(n: number): boolean {
  if (!Number.isInteger(n) || n < 2 || n >= wordLimit) return false;
  for (const q of [2, 3, 5, 7]) if (n % q === 0) return n === q;
  let odd = n - 1;
  let twos = 0;
  for (; odd % 2 === 0; odd /= 2) twos++;
  return [2, 3, 5, 7].every((base) => {
    let x = powMod(base, odd, n);
    if (x === 1 || x === n - 1) return true;
    for (let i = 1; i < twos; i++) if ((x = mulMod(x, x, n)) === n - 1) return true;
    return false;
  });
}

/** The primes below `limit`, from the largest down: the first is 2^31 - 1. As many as are asked for; all are about 2^31. */
export function* wordPrimes(limit = wordLimit): Generator<number, void> {
  for (let n = Math.min(limit, wordLimit) - 1; n >= 2; n--) if (isWordPrime(n)) yield n;
}
