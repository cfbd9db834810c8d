/**
 * Fixed pieces of long loops. Their size depends on nothing but the operation, so the bits of a result do not depend on the
 * number of threads.
 */

/** Elements per kernel call: large against the cost of a call, small enough to share out. */
export const chunkElements = 65536;

/** [start, count] of each chunk of n elements. */
export function* chunksOf(n: number, size: number = chunkElements): Generator<readonly [number, number]> {
  for (let start = 0; start < n; start += size) yield [start, Math.min(size, n - start)];
}
