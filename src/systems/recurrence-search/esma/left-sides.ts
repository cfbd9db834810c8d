/** Left sides |P(c) / Q(c)|: all quotients of integer polynomials in a box, each once, without any constant in view. */

/** In lowest terms, leading coefficients positive; coefficients lowest first. Its value is |numerator(c) / denominator(c)|. */
export interface LeftSide {
  readonly numerator: readonly bigint[];
  readonly denominator: readonly bigint[];
}

/**
 * Every |P/Q| that is not constant, degrees <= degree, |coefficients| <= coefficients, in the order of their first occurrence.
 * Degree 1: 12 for coefficients up to 1, then 112, 504, 1368, 3304, 6160, 11560, 18648 for 8.
 * @throws RangeError unless both are integers >= 1
 */
export function leftSides(degree: number, coefficients: number): LeftSide[] {
  for (const [name, value] of Object.entries({ degree, coefficients })) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} is ${value}, expected an integer >= 1`);
  }
  const polynomials = box(degree, BigInt(coefficients));
  const found = new Map<string, LeftSide>();
  for (const p of polynomials) {
    for (const q of polynomials) {
      const side = reduced(p, q);
      if (side.numerator.length === 1 && side.denominator.length === 1) continue;
      const key = `${side.numerator}/${side.denominator}`;
      if (!found.has(key)) found.set(key, side);
    }
  }
  return [...found.values()];
}

/** All polynomials with a positive leading coefficient: absolute values need no others. */
function box(degree: number, limit: bigint): bigint[][] {
  let all: bigint[][] = [[]];
  for (let i = 0; i <= degree; i++) {
    all = all.flatMap((low) => {
      const longer: bigint[][] = [];
      for (let c = -limit; c <= limit; c++) longer.push([...low, c]);
      return longer;
    });
  }
  return all
    .map(trim)
    .filter((p) => p.length > 0 && (p.at(-1) as bigint) > 0n)
    .filter(uniqueLengths());
}

/** Trimming makes duplicates of none: a box of full length holds each polynomial once. */
function uniqueLengths(): (p: bigint[]) => boolean {
  const seen = new Set<string>();
  return (p) => !seen.has(String(p)) && Boolean(seen.add(String(p)));
}

function trim(p: readonly bigint[]): bigint[] {
  let length = p.length;
  while (length > 0 && p[length - 1] === 0n) length--;
  return p.slice(0, length);
}

/** P/Q in lowest terms, leading coefficients made positive. */
export function reduced(p: readonly bigint[], q: readonly bigint[]): LeftSide {
  const common = commonDivisor(p, q);
  const [a, b] = common.length > 1 ? [divide(p, common), divide(q, common)] : [p, q];
  const content = integerGcd(a.reduce(integerGcd, 0n), b.reduce(integerGcd, 0n));
  return { numerator: normal(a, content), denominator: normal(b, content) };
}

function normal(p: readonly bigint[], content: bigint): bigint[] {
  const scale = (p.at(-1) as bigint) < 0n ? -content : content;
  return p.map((c) => c / scale);
}

/** Euclid's algorithm by pseudo-remainders, each without its content. */
function commonDivisor(p: readonly bigint[], q: readonly bigint[]): bigint[] {
  let [a, b] = [primitive(p), primitive(q)];
  if (a.length < b.length) [a, b] = [b, a];
  while (b.length > 1) {
    let rest = a.slice();
    while (rest.length >= b.length) {
      const [lead, own] = [rest.at(-1) as bigint, b.at(-1) as bigint];
      const shift = rest.length - b.length;
      rest = trim(rest.map((c, i) => c * own - lead * (b[i - shift] ?? 0n)));
    }
    if (rest.length === 0) return b;
    [a, b] = [b, primitive(rest)];
  }
  return [1n];
}

function primitive(p: readonly bigint[]): bigint[] {
  const content = p.reduce(integerGcd, 0n);
  return p.map((c) => c / content);
}

/** p / d where d, primitive, divides p. */
function divide(p: readonly bigint[], d: readonly bigint[]): bigint[] {
  const rest = p.slice();
  const quotient: bigint[] = [];
  for (let i = p.length - d.length; i >= 0; i--) {
    const c = (rest[i + d.length - 1] as bigint) / (d.at(-1) as bigint);
    quotient.unshift(c);
    for (let j = 0; j < d.length; j++) rest[i + j] = (rest[i + j] as bigint) - c * (d[j] as bigint);
  }
  return quotient;
}

function integerGcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
