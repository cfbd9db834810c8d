/** Counts of partitions: of m into at most l parts, none above k. The order of every table of intersection numbers rests on them. */

export class PartitionCounts {
  /** count(l, m, k) at (l side + m) side + k. */
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly side: number;

  /** For at most `parts` parts of sums up to `sum`. */
  constructor(parts: number, sum: number) {
    const side = sum + 1;
    const counts = new Uint32Array((parts + 1) * side * side);
    for (let l = 0; l <= parts; l++) {
      for (let m = 0; m <= sum; m++) {
        for (let k = 0; k <= sum; k++) {
          const at = (l * side + m) * side + k;
          if (m === 0) counts[at] = 1;
          else if (l > 0 && k > 0) {
            // None is k, or one is and the rest fit in one part fewer.
            const without = counts[at - 1] as number;
            counts[at] = without + (m >= k ? (counts[((l - 1) * side + m - k) * side + k] as number) : 0);
          }
        }
      }
    }
    this.counts = counts;
    this.side = side;
  }

  /** Partitions of m into at most l parts, none above k. */
  count(l: number, m: number, k = m): number {
    return l < 0 || m < 0 ? 0 : (this.counts[(l * this.side + m) * this.side + Math.min(k, this.side - 1)] as number);
  }

  /** The place of a descending list of sum m among the partitions into at most l parts, in ascending lexicographic order. */
  rank(list: ArrayLike<number>, m: number, l: number): number {
    let rank = 0;
    let left = m;
    for (let i = 0; left > 0; i++) {
      const part = list[i] as number;
      rank += part > 0 ? this.count(l - i, left, part - 1) : 0;
      left -= part;
    }
    return rank;
  }
}

/** Numbers of row (g, n): partitions of the dimension into at most n parts. */
export function rowCount(counts: PartitionCounts, g: number, n: number): number {
  const dimension = 3 * g - 3 + n;
  return dimension < 0 ? 0 : counts.count(n, dimension);
}

/** Counts for everything with 2g - 2 + n <= chiMax. */
export function countsFor(chiMax: number): PartitionCounts {
  // The largest dimension, g - 1 + chi, is that of the highest genus; genus 0 has the most points.
  return new PartitionCounts(chiMax + 2, chiMax + Math.floor((chiMax + 1) / 2));
}

/** The rows (g, n) with 1 <= 2g - 2 + n <= chiMax and n >= 1, by genus and then by points. */
export function rowsUpTo(chiMax: number): { g: number; n: number }[] {
  const rows: { g: number; n: number }[] = [];
  for (let g = 0; 2 * g - 1 <= chiMax; g++) {
    for (let n = Math.max(1, 3 - 2 * g); 2 * g - 2 + n <= chiMax; n++) rows.push({ g, n });
  }
  return rows;
}
