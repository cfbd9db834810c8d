/**
 * Words as vectors, without training: every byte n-gram of a word (n = 1..4, with marks at both ends) adds +1 or -1 to one
 * component, by a hash; then unit length. The same on every machine; alike words lie close (feature hashing, Weinberger et al.
 * 2009).
 */

export const dimension = 64;
const longest = 4;

/** Lower-case words and single marks, in order. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** [words, dimension], row-major. */
export function embed(words: readonly string[]): Float32Array {
  const result = new Float32Array(words.length * dimension);
  for (const [index, word] of words.entries()) {
    result.set(vectorOf(word), index * dimension);
  }
  return result;
}

function vectorOf(word: string): Float32Array {
  const bytes = new TextEncoder().encode(`\u0002${word}\u0003`);
  const vector = new Float32Array(dimension);
  for (let n = 1; n <= longest; n++) {
    for (let start = 0; start + n <= bytes.length; start++) {
      const code = fnv1a(bytes.subarray(start, start + n));
      const at = code % dimension;
      // The sign comes from bits that do not choose the component.
      vector[at] = (vector[at] as number) + (code & 0x10000 ? 1 : -1);
    }
  }
  const norm = Math.hypot(...vector);
  return norm > 0 ? vector.map((value) => value / norm) : vector;
}

/** 32-bit FNV-1a (Fowler, Noll and Vo 1991). */
function fnv1a(bytes: Uint8Array): number {
  let code = 0x811c9dc5;
  for (const byte of bytes) code = Math.imul(code ^ byte, 0x01000193);
  return code >>> 0;
}
