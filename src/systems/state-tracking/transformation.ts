/** Maps of a small set into itself, as an array of where each element goes. */

export type Transformation = readonly number[];

export function isPermutation(map: Transformation): boolean {
  return new Set(map).size === map.length;
}

/** The one element that everything goes to; undefined when there are several. */
export function constantOf(map: Transformation): number | undefined {
  return map.every((to) => to === map[0]) ? map[0] : undefined;
}

/**
 * A permutation as exchanges of two contents, to be made one after the other: what is in slot s goes to slot map[s]. At most
 * n - 1 of them, and n less the number of cycles.
 */
export function exchangesOf(map: Transformation): (readonly [number, number])[] {
  const exchanges: [number, number][] = [];
  // where[origin] = the slot in which that content is now; inside[slot] = the origin of what is there now.
  const where = map.map((_, slot) => slot);
  const inside = [...where];
  for (const [origin, target] of map.entries()) {
    const slot = where[origin] as number;
    if (slot === target) continue;
    exchanges.push([slot, target]);
    const other = inside[target] as number;
    [inside[slot], inside[target]] = [other, origin];
    [where[origin], where[other]] = [target, slot];
  }
  return exchanges;
}
