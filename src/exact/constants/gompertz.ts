/** Gompertz's constant. */
import { sumSeries } from "./binary-splitting.js";
import { eulerGamma } from "./euler-gamma.js";
import { e } from "./exponential.js";
import { multiplyIntervals, subtractIntervals } from "./interval.js";
import { type Real, real } from "./real.js";

/** e E_1(1), where E_1(1) = -gamma + sum over k >= 1 of (-1)^(k+1) / (k k!). */
export const gompertz: Real = real("gompertz", "\\delta", (bits) => {
  const sum = sumSeries(
    {
      p: (n) => (n === 0 ? 1n : -1n),
      q: (n) => BigInt(n + 1),
      b: (n) => BigInt(n + 1),
      halvingFrom: 1,
    },
    bits,
  );
  return multiplyIntervals(e.enclose(bits), subtractIntervals(sum, eulerGamma.enclose(bits)));
});
