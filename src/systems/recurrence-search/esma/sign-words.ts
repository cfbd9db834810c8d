/** Periods of signs: words over +1 and -1, without those that repeat a shorter one. */

export type SignWord = readonly (1 | -1)[];

/**
 * All words of lengths `from` to `to`, shortest first, leaving out every power of a shorter word of the range.
 * @throws RangeError unless 1 <= from <= to <= 16
 */
export function signWords(from: number, to: number): SignWord[] {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to < from || to > 16) {
    throw new RangeError(`periods are ${from} to ${to}, expected two integers, 1 <= from <= to <= 16`);
  }
  const words: SignWord[] = [];
  for (let length = from; length <= to; length++) {
    for (let code = 0; code < 2 ** length; code++) {
      const word = Array.from({ length }, (_, i) => ((code >> (length - 1 - i)) & 1 ? -1 : 1) as 1 | -1);
      if (!isPower(word, from)) words.push(word);
    }
  }
  return words;
}

function isPower(word: SignWord, from: number): boolean {
  for (let period = from; period < word.length; period++) {
    if (word.length % period === 0 && word.every((sign, i) => sign === word[i % period])) return true;
  }
  return false;
}
