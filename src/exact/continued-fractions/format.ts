/** Continued fractions in print. */
import type { ContinuedFraction } from "./continued-fraction.js";

/** "[2; 1, 2, 1]" for simple ones, else "2 - 1/(3 + 1/4)"; "..." at the end when `more`. */
export function formatContinuedFraction({ a, b }: ContinuedFraction, more = false): string {
  if (b.every((x) => x === 1n)) {
    const [first, ...rest] = [...a.map(String), ...(more ? ["..."] : [])];
    return `[${first}${rest.length > 0 ? `; ${rest.join(", ")}` : ""}]`;
  }
  let text = more ? `${a.at(-1)} + ...` : String(a.at(-1));
  for (let n = a.length - 2; n >= 0; n--) {
    const inner = n === a.length - 2 && !more && (a.at(-1) as bigint) >= 0n ? text : `(${text})`;
    text = `${a[n]} ${signed(b[n] as bigint)}/${inner}`;
  }
  return text;
}

/** Nested \cfrac, with \ddots at the end when `more`. */
export function latexContinuedFraction({ a, b }: ContinuedFraction, more = false): string {
  let text = more ? `${a.at(-1)} + \\ddots` : String(a.at(-1));
  for (let n = a.length - 2; n >= 0; n--) {
    const numerator = b[n] as bigint;
    text = `${a[n]} ${numerator < 0n ? "-" : "+"} \\cfrac{${numerator < 0n ? -numerator : numerator}}{${text}}`;
  }
  return text;
}

const signed = (x: bigint): string => (x < 0n ? `- ${-x}` : `+ ${x}`);
