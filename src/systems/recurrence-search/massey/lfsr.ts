/** The other way: terms from a recurrence. */
import type { LinearRecurrence } from "./linear-recurrence.js";

/**
 * The first `length` terms of the integer sequence that starts with `initial` and then obeys C.
 * @param initial complexity terms, the pre-period among them
 * @throws RangeError unless C_0 = 1 and there are exactly complexity initial terms
 */
export function expandRecurrence(
  { connection, complexity }: LinearRecurrence,
  initial: readonly bigint[],
  length: number,
): bigint[] {
  if (connection[0] !== 1n) throw new RangeError(`C_0 is ${connection[0]}, expected 1`);
  if (initial.length !== complexity) {
    throw new RangeError(`initial has ${initial.length} terms, expected the complexity, ${complexity}`);
  }
  if (connection.length > complexity + 1) {
    throw new RangeError(`C has degree ${connection.length - 1}, more than the complexity, ${complexity}`);
  }
  if (!Number.isInteger(length) || length < 0) throw new RangeError(`length is ${length}, expected 0, 1, 2, ...`);
  const taps = sparse(connection);
  const terms = initial.slice(0, length);
  while (terms.length < length) {
    const n = terms.length;
    let next = 0n;
    for (const [j, c] of taps) next -= c * (terms[n - j] as bigint);
    terms.push(next);
  }
  return terms;
}

/** Whether the integer terms obey C from term `complexity` on. */
export function obeys(terms: readonly bigint[], { connection, complexity }: LinearRecurrence): boolean {
  const taps = sparse(connection);
  for (let n = complexity; n < terms.length; n++) {
    let sum = (connection[0] as bigint) * (terms[n] as bigint);
    for (const [j, c] of taps) sum += c * (terms[n - j] as bigint);
    if (sum !== 0n) return false;
  }
  return true;
}

/** Indices and values of C_1, C_2, ... that are not 0. */
function sparse(connection: readonly bigint[]): [number, bigint][] {
  return [...connection.entries()].filter(([j, c]) => j > 0 && c !== 0n);
}
