/** Certified partial quotients: of a number between two fractions, those that both ends agree on. */

/** num / den, den > 0, num >= 0. */
export interface PositiveFraction {
  readonly num: bigint;
  readonly den: bigint;
}

/**
 * The first partial quotients that all numbers between lo and hi have in common, at most `most`. The last on which the ends
 * agree is left out, since an end may have it in another of its two ways to be written.
 * A quotient of 2^53 or more ends the list.
 */
export function certifiedQuotients(lo: PositiveFraction, hi: PositiveFraction, most: number): number[] {
  const low = quotients(lo, most + 1);
  const high = quotients(hi, most + 1);
  let length = 0;
  while (length < low.length && length < high.length && low[length] === high[length]) length++;
  return low.slice(0, Math.max(0, length - 1));
}

/** Leading bits that one round of Lehmer's method sees: sums of them and of cofactors stay exact in a double. */
const leadingBits = 51;

/**
 * Partial quotients by Lehmer's method: some fifteen of them come from the leading bits of both numbers, in doubles, before
 * the long numbers are touched once for all (Knuth, The Art of Computer Programming 2, section 4.5.2, algorithm L).
 */
function quotients({ num, den }: PositiveFraction, most: number): number[] {
  const found: number[] = [];
  let [u, v] = [num, den];
  while (v > 0n && found.length < most) {
    const shift = BigInt(Math.max(0, 4 * u.toString(16).length - leadingBits));
    const before = found.length;
    const matrix = u >= v ? lehmer(Number(u >> shift), Number(v >> shift), found, most) : undefined;
    if (matrix && found.length > before) {
      const [a, b, c, d] = matrix.map(BigInt) as [bigint, bigint, bigint, bigint];
      [u, v] = [a * u + b * v, c * u + d * v];
      continue;
    }
    const q = u / v;
    if (q > 9007199254740991n) return found;
    found.push(Number(q));
    [u, v] = [v, u - q * v];
  }
  return found;
}

/** Pushes the quotients that the leading bits u, v are sure of, and returns what turns the long numbers into the rest. */
function lehmer(u: number, v: number, found: number[], most: number): [number, number, number, number] {
  let [a, b, c, d] = [1, 0, 0, 1];
  while (v + c !== 0 && v + d !== 0 && found.length < most) {
    const q = Math.floor((u + a) / (v + c));
    if (q !== Math.floor((u + b) / (v + d))) break;
    found.push(q);
    [a, c] = [c, a - q * c];
    [b, d] = [d, b - q * d];
    [u, v] = [v, u - q * v];
  }
  return [a, b, c, d];
}
