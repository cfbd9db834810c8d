/** Primes for residue arithmetic. */

/** The `count` largest primes below `limit` <= 2^31, descending. */
export function primesBelow(limit: number, count: number): number[] {
  const found: number[] = [];
  for (let n = limit % 2 === 0 ? limit - 1 : limit - 2; found.length < count; n -= 2) if (isPrime(n)) found.push(n);
  return found;
}

/** By division: a few microseconds below 2^31. */
function isPrime(n: number): boolean {
  if (n < 4) return n > 1;
  if (n % 2 === 0 || n % 3 === 0) return false;
  for (let i = 5; i * i <= n; i += 6) if (n % i === 0 || n % (i + 2) === 0) return false;
  return true;
}

/** a^-1 modulo a prime p that does not divide it. */
export function inverseModulo(a: bigint, p: bigint): bigint {
  let [r, s] = [p, ((a % p) + p) % p];
  let [x, y] = [0n, 1n];
  while (s !== 0n) {
    const q = r / s;
    [r, s] = [s, r - q * s];
    [x, y] = [y, x - q * y];
  }
  return x < 0n ? x + p : x;
}
