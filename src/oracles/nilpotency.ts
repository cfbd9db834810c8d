/** P = M(1) ... M(p) modulo p of a polynomial continued fraction, in plain numbers, from the definition. */

const primes = [5, 7, 11, 13, 17, 19, 23, 29];

const modulo = (x: number, p: number): number => ((x % p) + p) % p;
const value = (coefficients: readonly number[], n: number, p: number): number =>
  coefficients.reduceRight((sum, c) => modulo(sum * n + c, p), 0);

/** [P11, P12, P21, P22], row-major, in [0, p). @param a, b coefficients, constant term first */
export function periodMatrix(a: readonly number[], b: readonly number[], p: number): number[] {
  let rows = [
    [1, 0],
    [0, 1],
  ];
  for (let n = 1; n <= p; n++) {
    rows = rows.map(([x, y]) => [
      y as number,
      modulo((x as number) * value(b, n, p) + (y as number) * value(a, n, p), p),
    ]);
  }
  return rows.flat();
}

/** At how many of the primes 5, ..., 29 P has trace and determinant 0. */
export function nilpotentPrimes(a: readonly number[], b: readonly number[]): number {
  return primes.filter((p) => {
    const [x, y, z, w] = periodMatrix(a, b, p) as [number, number, number, number];
    return modulo(x + w, p) === 0 && modulo(x * w - y * z, p) === 0;
  }).length;
}
