/** Sums, polynomials and fractions as people write them. */
import { gcd } from "../../../exact/integers/gcd.js";

/** num / den in lowest terms: "3", "-1/2". */
export function coefficient(num: bigint, den: bigint): string {
  const common = gcd(num, den) * (den < 0n ? -1n : 1n);
  const [n, d] = [num / common, den / common];
  return d === 1n ? String(n) : `${n}/${d}`;
}

/** "3*x - y" of [["3", "x"], ["-1", "y"]]; an empty symbol is 1, terms with coefficient "0" are left out. */
export function sumText(parts: readonly (readonly [coefficient: string, symbol: string])[]): string {
  let text = "";
  for (const [c, symbol] of parts) {
    if (c === "0") continue;
    const negative = c.startsWith("-");
    const size = negative ? c.slice(1) : c;
    const term = !symbol ? size : size === "1" ? symbol : `${size}*${symbol}`;
    text += text ? ` ${negative ? "-" : "+"} ${term}` : `${negative ? "-" : ""}${term}`;
  }
  return text || "0";
}

/** Highest power first; coefficients lowest first, over one denominator. */
export function polynomialText(numerators: readonly bigint[], variable: string, denominator = 1n): string {
  const parts = numerators.map((c, i): [string, string] => [
    coefficient(c, denominator),
    i === 0 ? "" : i === 1 ? variable : `${variable}^${i}`,
  ]);
  return sumText(parts.reverse());
}
