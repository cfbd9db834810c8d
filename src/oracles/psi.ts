/**
 * Intersection numbers of psi classes from the Virasoro constraints as they stand (Dijkgraaf, Verlinde and Verlinde 1991), over
 * rational amplitudes F, with the smallest entry as the pivot: slow and obvious.
 */

/** A fraction in lowest terms, den > 0. */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

function fraction(num: bigint, den = 1n): Fraction {
  let [a, b] = [num < 0n ? -num : num, den];
  while (b !== 0n) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}

const add = (x: Fraction, y: Fraction) => fraction(x.num * y.den + y.num * x.den, x.den * y.den);
const multiply = (x: Fraction, y: Fraction) => fraction(x.num * y.num, x.den * y.den);

const known = new Map<string, Fraction>();
const zero = fraction(0n);

/** F_g[d] = product of (2 d_i + 1)!! <tau_d>_g; 0 for what is not stable or has another dimension. */
function amplitude(g: number, d: readonly number[]): Fraction {
  const n = d.length;
  const sum = d.reduce((total, entry) => total + entry, 0);
  if (g < 0 || 2 * g - 2 + n <= 0 || sum !== 3 * g - 3 + n || d.some((entry) => entry < 0)) return zero;
  if (g === 0 && n === 3) return fraction(1n);
  if (g === 1 && n === 1) return fraction(1n, 8n);
  const sorted = [...d].sort((a, b) => a - b);
  const key = `${g};${sorted.join()}`;
  let value = known.get(key);
  if (!value) {
    value = constraint(g, sorted[0] as number, sorted.slice(1));
    known.set(key, value);
  }
  return value;
}

/** sum over x of (2x + 1) F_g[k + x - 1, X - x] + 1/2 sum over a + b = k - 2 of (F_(g-1)[a, b, X] + sum over I, J, h) */
function constraint(g: number, k: number, rest: readonly number[]): Fraction {
  let value = zero;
  for (const [i, x] of rest.entries()) {
    const others = rest.filter((_, j) => j !== i);
    value = add(value, multiply(fraction(BigInt(2 * x + 1)), amplitude(g, [k + x - 1, ...others])));
  }
  for (let a = 0; a <= k - 2; a++) {
    const b = k - 2 - a;
    let pair = amplitude(g - 1, [a, b, ...rest]);
    for (let subset = 0; subset < 2 ** rest.length; subset++) {
      const left = [a, ...rest.filter((_, i) => subset & (1 << i))];
      const right = [b, ...rest.filter((_, i) => !(subset & (1 << i)))];
      // The dimension leaves one genus for the left side.
      const h = (left.reduce((sum, entry) => sum + entry, 0) - left.length) / 3 + 1;
      if (!Number.isInteger(h)) continue;
      const x = amplitude(h, left);
      if (x.num !== 0n) pair = add(pair, multiply(x, amplitude(g - h, right)));
    }
    value = add(value, multiply(fraction(1n, 2n), pair));
  }
  return value;
}

/** <tau_d>_g; 0 when the dimension is another. */
export function psiNumber(g: number, d: readonly number[]): Fraction {
  let below = 1n;
  for (const entry of d) for (let odd = 3; odd <= 2 * entry + 1; odd += 2) below *= BigInt(odd);
  return multiply(amplitude(g, d), fraction(1n, below));
}
