/** Terms from text: an OEIS b-file ("n a(n)" on each line, # for comments), or integers apart from blanks and commas. */

export interface ReadTerms {
  /** Index of the first term. */
  readonly offset: number;
  /** The terms up to the first gap. */
  readonly terms: readonly bigint[];
  /** What was left out and why, for the user. */
  readonly notices: readonly string[];
}

/**
 * @param text the content of a file; empty lines and lines that start with # are skipped
 * @throws RangeError naming the line that holds no integers, or an index that comes twice
 */
export function readTerms(text: string): ReadTerms {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({
      number: i + 1,
      fields: line
        .replace(/#.*/, "")
        .trim()
        .split(/[\s,]+/)
        .filter(Boolean),
    }))
    .filter(({ fields }) => fields.length > 0);
  const values = lines.map(({ number, fields }) =>
    fields.map((field) => {
      if (!/^[+-]?\d+$/.test(field)) throw new RangeError(`line ${number}: ${field} is no integer`);
      return BigInt(field);
    }),
  );
  if (values.length > 1 && values.every((row) => row.length === 2)) return indexed(values as [bigint, bigint][]);
  return { offset: 0, terms: values.flat(), notices: [] };
}

function indexed(rows: readonly (readonly [bigint, bigint])[]): ReadTerms {
  const sorted = rows.slice().sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const offset = Number((sorted[0] as readonly [bigint, bigint])[0]);
  const terms: bigint[] = [];
  const notices: string[] = [];
  for (const [n, value] of sorted) {
    const expected = BigInt(offset + terms.length);
    if (n < expected) throw new RangeError(`index ${n} comes twice`);
    if (n > expected) {
      const missing =
        n - expected === 1n ? `index ${expected} is missing` : `indices ${expected} to ${n - 1n} are missing`;
      notices.push(`${missing}: the ${rows.length - terms.length} terms after the gap are left out`);
      break;
    }
    terms.push(value);
  }
  return { offset, terms, notices };
}
