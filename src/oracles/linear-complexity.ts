/**
 * Linear complexity from its definition: the least L for which the linear equations
 * sum over j = 1..L of C_j s[n-j] = -s[n], n = L..N-1, have a solution over GF(p). Gaussian elimination, O(N^4).
 */

/** @returns L, and one solution with free unknowns 0 (the only one when 2 L <= N) */
export function linearComplexity(terms: readonly bigint[], p: bigint): { complexity: number; connection: bigint[] } {
  for (let complexity = 0; ; complexity++) {
    const rows: bigint[][] = [];
    for (let n = complexity; n < terms.length; n++) {
      const row = Array.from({ length: complexity }, (_, j) => mod(terms[n - 1 - j] as bigint, p));
      rows.push([...row, mod(-(terms[n] as bigint), p)]);
    }
    const solution = solve(rows, complexity, p);
    if (!solution) continue;
    const connection = [1n, ...solution];
    while (connection.at(-1) === 0n) connection.pop();
    return { complexity, connection };
  }
}

function solve(rows: bigint[][], unknowns: number, p: bigint): bigint[] | undefined {
  const pivots: number[] = [];
  let rank = 0;
  for (let column = 0; column < unknowns; column++) {
    const found = rows.findIndex((row, r) => r >= rank && row[column] !== 0n);
    if (found < 0) continue;
    [rows[rank], rows[found]] = [rows[found] as bigint[], rows[rank] as bigint[]];
    const scale = power((rows[rank] as bigint[])[column] as bigint, p - 2n, p);
    const pivot = (rows[rank] as bigint[]).map((x) => (x * scale) % p);
    rows[rank] = pivot;
    for (const [r, row] of rows.entries()) {
      const factor = row[column] as bigint;
      if (r !== rank && factor !== 0n) rows[r] = row.map((x, i) => mod(x - factor * (pivot[i] as bigint), p));
    }
    pivots.push(column);
    rank++;
  }
  if (rows.slice(rank).some((row) => row[unknowns] !== 0n)) return undefined;
  const solution = Array<bigint>(unknowns).fill(0n);
  for (const [r, column] of pivots.entries()) solution[column] = (rows[r] as bigint[])[unknowns] as bigint;
  return solution;
}

function mod(a: bigint, p: bigint): bigint {
  return ((a % p) + p) % p;
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n % p;
  for (let [square, e] = [base % p, exponent]; e > 0n; e >>= 1n, square = (square * square) % p) {
    if (e & 1n) result = (result * square) % p;
  }
  return result;
}
