/** Closed forms where they are simple: polynomials, sums of n^k r^n with integer r, and Binet's formula. */

import { gcdOf } from "../../../exact/integers/gcd.js";
import type { InterlacedShape } from "../massey/interlaced.js";
import { nullVector } from "./null-vector.js";
import { coefficient, polynomialText, sumText } from "./text.js";

interface Sequence {
  readonly terms: readonly bigint[];
  readonly offset: number;
  /** Integers; connection[0] need not be 1. */
  readonly connection: readonly bigint[];
  readonly complexity: number;
  readonly interlaced: (InterlacedShape & { readonly polynomials: readonly (readonly bigint[])[] }) | undefined;
}

/** "a(n) = 2^n - 1", or undefined when no simple form is known. */
export function closedForm(sequence: Sequence): string | undefined {
  const { interlaced, connection } = sequence;
  if (interlaced && interlaced.period > 1) return interlacedText(sequence, interlaced);
  return powersText(sequence) ?? (connection.length === 3 ? binetText(sequence) : undefined);
}

function interlacedText({ offset }: Sequence, { polynomials, period, prePeriod }: NonNullable<Sequence["interlaced"]>) {
  const parts = polynomials.map((differences, r) => {
    const first = offset + prePeriod + r;
    const { numerators, denominator } = powersOf(differences);
    return `a(${period}q${first < 0 ? ` - ${-first}` : first > 0 ? ` + ${first}` : ""}) = ${polynomialText(numerators, "q", denominator)}`;
  });
  return `${parts.join(", ")} for q >= 0`;
}

/** From binomials binomial(q, k) to powers of q, over one denominator. */
function powersOf(differences: readonly bigint[]): { numerators: bigint[]; denominator: bigint } {
  let denominator = 1n;
  for (let k = 2n; k < BigInt(differences.length); k++) denominator *= k;
  const numerators = differences.map(() => 0n);
  let falling = [1n];
  let factorial = 1n;
  for (const [k, difference] of differences.entries()) {
    if (k > 0) factorial *= BigInt(k);
    for (const [i, c] of falling.entries()) {
      numerators[i] = (numerators[i] as bigint) + c * difference * (denominator / factorial);
    }
    falling = [0n, ...falling].map((c, i) => c - BigInt(k) * (falling[i] ?? 0n));
  }
  const common = gcdOf([denominator, ...numerators]);
  return { numerators: numerators.map((c) => c / common), denominator: denominator / common };
}

/** All roots integers: a(n) = sum of c n^k r^n. */
function powersText({ terms, offset, connection, complexity }: Sequence): string | undefined {
  if (connection[0] !== 1n || connection.length < 2) return undefined;
  const roots = integerRoots(connection);
  if (!roots) return undefined;
  const basis = [...roots].flatMap(([root, times]) => Array.from({ length: times }, (_, k) => ({ root, k })));
  const start = complexity - (connection.length - 1);
  // n^k r^n with n the index itself where that is an integer; a negative first index would need fractions.
  if (offset < 0) return undefined;
  const rows = terms
    .slice(start)
    .map((term, i) => [
      ...basis.map(({ root, k }) => BigInt(offset + start + i) ** BigInt(k) * root ** BigInt(offset + start + i)),
      term,
    ]);
  const vector = nullVector(rows, basis.length + 1);
  if (!vector || vector[basis.length] === 0n) return undefined;
  const last = -(vector[basis.length] as bigint);
  const parts = basis.map(({ root, k }, i): [string, string] => {
    const power = root === 1n ? "" : `${root < 0n ? `(${root})` : root}^n`;
    return [
      coefficient(vector[i] as bigint, last),
      [k === 0 ? "" : k === 1 ? "n" : `n^${k}`, power].filter(Boolean).join("*"),
    ];
  });
  return `a(n) = ${sumText(parts.reverse())}${start > 0 ? ` for n >= ${offset + start}` : ""}`;
}

/** Roots of x^k C(1/x) with multiplicities, if all are integers other than 0 and small. */
function integerRoots(connection: readonly bigint[]): Map<bigint, number> | undefined {
  const roots = new Map<bigint, number>();
  // Highest power first: x^k + C_1 x^(k-1) + ...
  let rest = connection.slice();
  for (let size = 1n; size <= 1000n && rest.length > 1; size++) {
    for (const root of [size, -size]) {
      for (;;) {
        if ((rest.at(-1) as bigint) % root !== 0n) break;
        const quotient: bigint[] = [];
        let carry = 0n;
        for (const c of rest) {
          carry = carry * root + c;
          quotient.push(carry);
        }
        if (quotient.pop() !== 0n) break;
        rest = quotient;
        roots.set(root, (roots.get(root) ?? 0) + 1);
        if (rest.length === 1) break;
      }
    }
  }
  return rest.length === 1 ? roots : undefined;
}

/** Order 2 with two irrational roots (c +- sqrt(D)) / 2. */
function binetText({ terms, offset, connection, complexity }: Sequence): string | undefined {
  const [one, minusC, d] = connection as [bigint, bigint, bigint];
  if (one !== 1n || complexity !== 2 || offset !== 0) return undefined;
  const c = -minusC;
  const discriminant = c * c - 4n * d;
  if (discriminant === 0n) return undefined;
  const [a0, a1] = terms as [bigint, bigint];
  const u = coefficient(a0, 2n);
  const v = coefficient(2n * a1 - c * a0, 2n * discriminant);
  const root = `sqrt(${discriminant})`;
  const side = (sign: "+" | "-") => {
    const factor = sumText([
      [u, ""],
      [sign === "+" ? v : negated(v), root],
    ]);
    return `(${factor})*((${c === 0n ? "" : c}${c === 0n && sign === "+" ? "" : ` ${sign} `}${root})/2)^n`;
  };
  return `a(n) = ${side("+")} + ${side("-")}`;
}

const negated = (text: string): string => (text === "0" ? text : text.startsWith("-") ? text.slice(1) : `-${text}`);
