/** The zeta function at integers from 2 on: even ones from pi, 3 by a fast series, other odd ones by acceleration. */
import { InputError } from "../../backends/contract.js";
import { add, multiply, type Rational, rational, subtract } from "../rational.js";
import { sumAlternating } from "./alternating.js";
import { sumSeries } from "./binary-splitting.js";
import { powerInterval, scaleInterval } from "./interval.js";
import { pi } from "./pi.js";
import { type Real, real } from "./real.js";

const largest = 10_000;

/** zeta(k). @throws InputError unless k is an integer from 2 to 10,000 */
export function zeta(k: number): Real {
  if (!Number.isInteger(k) || k < 2 || k > largest)
    throw new InputError("zeta", "k", `is ${k}, expected an integer from 2 to ${largest}`);
  if (k === 3) return zetaThree;
  const name = `zeta(${k})`;
  const latex = `\\zeta(${k})`;
  if (k % 2 === 0 && k <= 64) {
    const factor = evenZetaFactor(k);
    return real(name, latex, (bits) => scaleInterval(powerInterval(pi.enclose(bits), k), factor));
  }
  // (1 - 2^(1-k)) zeta(k) = sum (-1)^n / (n+1)^k, and 1/(n+1)^k is the moment of log(1/x)^(k-1) / (k-1)!.
  const factor = rational(1n << BigInt(k - 1), (1n << BigInt(k - 1)) - 1n);
  return real(name, latex, (bits) =>
    scaleInterval(
      sumAlternating((n) => BigInt(n + 1) ** BigInt(k), bits),
      factor,
    ),
  );
}

/**
 * 24 zeta(3) = sum (-1)^n P(n) ((2n+1)! (2n)! n!)^3 / ((3n+2)! (4n+3)!^3), 17 bits a term (Wedeniwski, after Amdeberhan and
 * Zeilberger). P has positive coefficients, so P(n+1)/P(n) is at most P(1)/P(0) < 123, and the factor beside it is below 1/110592.
 */
const zetaThree: Real = real("zeta(3)", "\\zeta(3)", (bits) => {
  const sum = sumSeries(
    {
      p: (n) => (n === 0 ? 1n : -(BigInt(n) ** 5n) * BigInt(2 * n - 1) ** 3n),
      q: (n) => {
        const m = BigInt(n);
        return n === 0 ? 432n : 24n * (3n * m + 1n) * (3n * m + 2n) * (4n * m + 1n) ** 3n * (4n * m + 3n) ** 3n;
      },
      a: (n) => {
        const m = BigInt(n);
        return ((((126392n * m + 412708n) * m + 531578n) * m + 336367n) * m + 104000n) * m + 12463n;
      },
      halvingFrom: 1,
    },
    bits,
  );
  return scaleInterval(sum, rational(1n, 24n));
});

/** zeta(k) / pi^k for even k: |B_k| 2^(k-1) / k!. */
function evenZetaFactor(k: number): Rational {
  let factorial = 1n;
  for (let i = 2n; i <= BigInt(k); i++) factorial *= i;
  const { num, den } = bernoulli(k);
  return rational((num < 0n ? -num : num) << BigInt(k - 1), den * factorial);
}

/** B_k for even k from sum over j <= m of C(m+1, j) B_j = 0. */
function bernoulli(k: number): Rational {
  const numbers: Rational[] = [rational(1n)];
  for (let m = 1; m <= k; m++) {
    let sum = rational(0n);
    let binomial = 1n;
    for (let j = 0; j < m; j++) {
      sum = add(sum, multiply(rational(binomial), numbers[j] as Rational));
      binomial = (binomial * BigInt(m + 1 - j)) / BigInt(j + 1);
    }
    numbers.push(subtract(rational(0n), multiply(sum, rational(1n, BigInt(m + 1)))));
  }
  return numbers[k] as Rational;
}
