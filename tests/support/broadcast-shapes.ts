/** Pairs of shapes that broadcast: every walk of an operand, tails of every length, more loops than the usual three. */
import fc from "fast-check";

type Pair = readonly [a: readonly number[], b: readonly number[]];

export const broadcastPairs: readonly Pair[] = [
  [[], []],
  [[1], []],
  [[7], [7]],
  [[4], [1]],
  [[1], [5]],
  [[0], [1]],
  [
    [3, 0],
    [3, 1],
  ],
  [[3, 4], [4]],
  [[3, 5], [5]],
  [
    [3, 5],
    [3, 1],
  ],
  [
    [3, 1],
    [1, 5],
  ],
  [
    [8, 1],
    [1, 8],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [
    [2, 1, 8],
    [1, 3, 1],
  ],
  [
    [2, 3, 1, 5],
    [3, 7, 1],
  ],
  [
    [1, 2, 1, 3, 1, 4],
    [2, 1, 2, 1, 2, 1],
  ],
  [
    [2, 1, 2, 1, 2, 1, 2, 1],
    [1, 2, 1, 2, 1, 2, 1, 2],
  ],
  [[257], [257]],
  [[33, 17], [17]],
];

/** Two shapes that broadcast, of rank up to 5. */
export const broadcastingShapes: fc.Arbitrary<Pair> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom("both", "a", "b")), { maxLength: 5 })
  .chain((axes) =>
    fc
      .tuple(fc.integer({ min: 0, max: axes.length }), fc.integer({ min: 0, max: axes.length }))
      .map(([dropA, dropB]) => {
        const side = (which: "a" | "b", drop: number) =>
          axes.map(([extent, kept]) => (kept === "both" || kept === which ? extent : 1)).slice(drop);
        // Leading axes may be missing on one side only, or they would be missing from the result.
        return dropA > dropB
          ? ([side("a", dropA), side("b", 0)] as const)
          : ([side("a", 0), side("b", dropB)] as const);
      }),
  );
