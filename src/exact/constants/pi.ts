/** pi by the Chudnovsky series: 47 bits a term. */
import { sumSeries } from "./binary-splitting.js";
import { enclose } from "./enclosure.js";
import { divideIntervals, scaleInterval, squareRootInterval } from "./interval.js";
import { type Real, real } from "./real.js";

/**
 * 426880 sqrt(10005) / pi = sum (-1)^n (6n)! (13591409 + 545140134 n) / ((3n)! n!^3 640320^(3n)).
 * The ratio of two terms is below 24 * 72 / 640320^3 * (1 + 1/n) in absolute value.
 */
export const pi: Real = real("pi", "\\pi", (bits) => {
  const sum = sumSeries(
    {
      p: (n) => (n === 0 ? 1n : -BigInt(6 * n - 5) * BigInt(2 * n - 1) * BigInt(6 * n - 1)),
      q: (n) => (n === 0 ? 1n : BigInt(n) ** 3n * 10939058860032000n),
      a: (n) => 13591409n + 545140134n * BigInt(n),
      halvingFrom: 1,
    },
    bits,
  );
  const root = squareRootInterval(enclose({ num: 10005n, den: 1n }, bits));
  return divideIntervals(scaleInterval(root, { num: 426880n, den: 1n }), sum);
});
