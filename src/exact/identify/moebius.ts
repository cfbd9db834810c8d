/** Moebius relations v = (num . [1, c...]) / (den . [1, c...]) in print. */
/** One name per constant; the first coefficient is that of 1. */
export function formatMoebius(
  num: readonly bigint[],
  den: readonly bigint[],
  names: readonly string[],
  latex = false,
): string {
  const above = linear(num, names, latex);
  if (den.every((d, i) => d === (i === 0 ? 1n : 0n))) return above.text;
  const below = linear(den, names, latex);
  if (latex) return `\\frac{${above.text}}{${below.text}}`;
  return `${above.terms > 1 ? `(${above.text})` : above.text}/${below.single ? below.text : `(${below.text})`}`;
}

function linear(
  coefficients: readonly bigint[],
  names: readonly string[],
  latex: boolean,
): { text: string; terms: number; single: boolean } {
  let text = "";
  let terms = 0;
  let single = true;
  for (const [i, c] of coefficients.entries()) {
    if (c === 0n) continue;
    const size = c < 0n ? -c : c;
    const name = i === 0 ? "" : bracketed(names[i - 1] as string, latex);
    const product = !name ? String(size) : size === 1n ? name : latex ? `${size} ${name}` : `${size}*${name}`;
    text += terms === 0 ? (c < 0n ? "-" : "") + product : `${c < 0n ? " - " : " + "}${product}`;
    single = ++terms === 1 && c > 0n && (!name || size === 1n) && !/[*/]/.test(name);
  }
  return { text: text || "0", terms, single };
}

/** A name with an operator at its top level needs parentheses; a power does not. */
function bracketed(name: string, latex: boolean): string {
  if (latex) return name;
  let depth = 0;
  for (const c of name) {
    depth += c === "(" ? 1 : c === ")" ? -1 : 0;
    if (depth === 0 && /[-+*/]/.test(c)) return `(${name})`;
  }
  return name;
}
