/** A found rule as text, and as programs for PARI/GP, Sage and Mathematica that compute a(n). */
import type { MinimalRecurrence } from "./minimal-recurrence.js";
import { polynomialText, sumText } from "./text.js";

export const formats = ["text", "json", "pari", "sage", "mathematica"] as const;
export type Format = (typeof formats)[number];

/** The rule in a format. Languages that compute need a recurrence; without one a comment says so. */
export function formatRecurrence(found: MinimalRecurrence, format: Format): string {
  switch (format) {
    case "text":
      return plain(found);
    case "json":
      return JSON.stringify(found, (_, value) => (typeof value === "bigint" ? String(value) : value), 2);
    case "pari":
      return found.recurrence ? pari(found) : "\\\\ no recurrence found";
    case "sage":
      return found.recurrence ? sage(found) : "# no recurrence found";
    case "mathematica":
      return found.recurrence ? mathematica(found) : "(* no recurrence found *)";
    default:
      return format satisfies never;
  }
}

const kinds: Record<MinimalRecurrence["kind"], string> = {
  constant: "linear recurrence with constant coefficients",
  interlaced: "interlaced polynomials",
  polynomial: "linear recurrence with polynomial coefficients",
  algebraic: "algebraic generating function",
  none: "no rule found",
};

function plain(found: MinimalRecurrence): string {
  const { kind, used, spare, recurrence, interlaced, algebraic, closedForm, next, offset } = found;
  const lines = [
    kind === "none" ? `no rule found in ${used} terms` : `${kinds[kind]}: ${used} terms used, ${spare} spare`,
  ];
  if (recurrence) {
    lines.push(`  ${equationText(found)} for n >= ${offset + recurrence.start}`);
    if (kind === "constant" || kind === "interlaced") lines.push(`  generating function ${generatingFunction(found)}`);
  }
  if (interlaced) {
    const { period, multiplicity, prePeriod } = interlaced;
    lines.push(`  period ${period}, degree below ${multiplicity}, pre-period ${prePeriod}`);
  }
  if (algebraic) lines.push(`  generating function y(x): ${algebraicText(algebraic.coefficients)} = 0`);
  if (closedForm) lines.push(`  ${closedForm}`);
  if (next.length) lines.push(`  next: ${next.join(" ")}`);
  return lines.join("\n");
}

/** "a(n) = a(n-1) + a(n-2)", or with everything on one side when a polynomial stands before a(n). */
export function equationText({ recurrence }: MinimalRecurrence): string {
  const polynomials = recurrence?.polynomials ?? [];
  const lead = polynomials[0] as readonly bigint[];
  const right = polynomials.slice(1).map((q, i): [string, string] => {
    const minus = q.map((c) => -c);
    const symbol = `a(n-${i + 1})`;
    return minus.slice(1).every((c) => c === 0n)
      ? [String(minus[0] ?? 0n), symbol]
      : ["1", `(${polynomialText(minus, "n")})*${symbol}`];
  });
  const left =
    lead.length === 1 && lead[0] === 1n
      ? "a(n)"
      : lead.length === 1
        ? `${lead[0]}*a(n)`
        : `(${polynomialText(lead, "n")})*a(n)`;
  return `${left} = ${sumText(right)}`;
}

/** (sum of the initial terms times C) / C, with x^0 at the first term. */
function generatingFunction({ recurrence, terms }: MinimalRecurrence): string {
  const c = (recurrence?.polynomials ?? []).map((q) => q[0] as bigint);
  const numerator = Array.from({ length: recurrence?.start ?? 0 }, (_, n) =>
    c.reduce((sum, cj, j) => sum + cj * (terms[n - j] ?? 0n), 0n),
  );
  const up = (p: readonly bigint[]) =>
    sumText(p.map((v, i): [string, string] => [String(v), i === 0 ? "" : i === 1 ? "x" : `x^${i}`]));
  return `(${up(numerator)}) / (${up(c)})`;
}

function algebraicText(coefficients: readonly (readonly bigint[])[]): string {
  const parts = coefficients.map((q, j): [string, string] => {
    const symbol = j === 0 ? "" : j === 1 ? "y" : `y^${j}`;
    const text = polynomialText(q, "x");
    if (text === "0") return ["0", ""];
    return symbol ? ["1", `(${text})*${symbol}`] : ["1", `(${text})`];
  });
  return sumText(parts);
}

/** Initial terms, and what a(n) is in terms of v[i-1], v[i-2], ..., which the languages write alike. */
function program({ recurrence, terms, offset }: MinimalRecurrence, power: string, item: (back: number) => string) {
  const { polynomials, start } = recurrence as NonNullable<MinimalRecurrence["recurrence"]>;
  const text = (q: readonly bigint[]) => polynomialText(q, "n").replaceAll("^", power);
  const rest = polynomials
    .slice(1)
    .flatMap((q, i) => (q.every((c) => c === 0n) ? [] : [`-(${text(q)})*${item(i + 1)}`]));
  const first = terms.slice(0, Math.max(start, 1)).join(", ");
  return { first, value: rest.join(" ") || "0", lead: text(polynomials[0] as readonly bigint[]), offset };
}

function pari(found: MinimalRecurrence): string {
  const { first, value, lead, offset } = program(found, "^", (back) => `v[i-${back}]`);
  return `a(N) = { my(v = [${first}], n); for(i = #v + 1, N + ${1 - offset}, n = i + ${offset - 1}; v = concat(v, (${value})/(${lead}))); v[N + ${1 - offset}] };`;
}

function sage(found: MinimalRecurrence): string {
  const { first, value, lead, offset } = program(found, "^", (back) => `v[-${back}]`);
  return [
    "def a(N):",
    `    v = [${first}]`,
    `    while len(v) <= N - (${offset}):`,
    `        n = len(v) + (${offset})`,
    `        v.append((${value})/(${lead}))`,
    `    return v[N - (${offset})]`,
  ].join("\n");
}

function mathematica(found: MinimalRecurrence): string {
  const { first, value, lead, offset } = program(found, "^", (back) => `v[[-${back}]]`);
  return `a[m_] := Module[{v = {${first}}, n}, While[Length[v] <= m - (${offset}), n = Length[v] + (${offset}); AppendTo[v, (${value})/(${lead})]]; v[[m - (${offset}) + 1]]]`;
}
