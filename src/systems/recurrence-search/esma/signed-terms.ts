/**
 * The terms of a signed continued fraction x = a0 + b0/(a1 + b1/(a2 + ...)), b_n = 1 or -1 as given, from the partial quotients
 * of x. With x = [h; r, ...]: b = 1 takes a = h and goes on with [r; ...]. b = -1 takes a = h + 1 and goes on with
 * 1 / (1 - 1/[r; ...]), which is [1; r-1, ...], or [r'+1; ...] when r = 1 and r' comes next. So all sign words share the one long
 * division that the partial quotients are, and every term costs a few word operations.
 */
import type { SignWord } from "./sign-words.js";

/**
 * Writes the first terms and returns how many the quotients make certain, at most out.length.
 * Every term is >= 1 (b = 1) or >= 2 (b = -1), but the first may be 0.
 */
export function signedTerms(quotients: readonly number[], signs: SignWord, out: Float64Array | Uint32Array): number {
  let at = 1;
  // What is left of a quotient that a term took 1 from.
  let left = 0;
  let head = quotients[0] ?? -1;
  const next = (): number => {
    const value = left || (quotients[at++] ?? -1);
    left = 0;
    return value;
  };
  for (let n = 0; n < out.length; n++) {
    if (head < 0) return n;
    if (signs[n % signs.length] === 1) {
      out[n] = head;
      head = next();
      continue;
    }
    const r = next();
    if (r < 0) return n;
    out[n] = head + 1;
    if (r > 1) {
      head = 1;
      left = r - 1;
    } else {
      const after = next();
      head = after < 0 ? -1 : after + 1;
    }
  }
  return out.length;
}
