import { describe, expect, test } from "vitest";
import { chunkStarts, countChunks, isPacked, segmentsOf } from "../../../src/ops/recurrence/gpu-segments.js";

const sequencesOf = (...steps: number[]) => {
  let first = 0;
  return steps.map((count) => {
    const sequence = { batch: 0, first, steps: count };
    first += count;
    return sequence;
  });
};

test("entries of a batch need no table, packed sequences do", () => {
  const batch = [0, 1].map((entry) => ({ batch: entry, first: 0, steps: 5 }));
  expect(isPacked({ sequences: batch, steps: 5 })).toBe(false);
  expect(isPacked({ sequences: sequencesOf(2, 3), steps: 5 })).toBe(true);
  expect(isPacked({ sequences: sequencesOf(5), steps: 5 })).toBe(false);
});

test("first rows and chunks, with empty sequences", () => {
  const sequences = sequencesOf(0, 33, 0, 1, 32);
  expect(chunkStarts({ sequences }, 16)).toEqual([0, 0, 0, 0, 33, 3, 33, 3, 34, 4, 66, 6]);
  expect(countChunks({ sequences, chunk: 16 })).toBe(6);
});

describe("segments", () => {
  const segments = (most: number, ...steps: number[]) =>
    segmentsOf(chunkStarts({ sequences: sequencesOf(...steps) }, 16), most);

  test("one when everything fits, also when there are no rows", () => {
    expect(segments(9, 0, 33, 0)).toEqual([{ index: 0, firstChunk: 0, chunks: 3, firstSequence: 0, sequences: 3 }]);
    expect(segments(9, 0, 0)).toEqual([{ index: 0, firstChunk: 0, chunks: 0, firstSequence: 0, sequences: 2 }]);
    expect(segmentsOf([0, 0], 9)).toEqual([]);
  });

  test("every sequence begins and ends in one, and goes on where it is cut", () => {
    expect(segments(2, 48, 0, 16, 0)).toEqual([
      { index: 0, firstChunk: 0, chunks: 2, firstSequence: 0, sequences: 1 },
      { index: 1, firstChunk: 2, chunks: 2, firstSequence: 0, sequences: 4 },
    ]);
    expect(segments(3, 48, 0, 16)).toEqual([
      { index: 0, firstChunk: 0, chunks: 3, firstSequence: 0, sequences: 1 },
      { index: 1, firstChunk: 3, chunks: 1, firstSequence: 1, sequences: 2 },
    ]);
  });
});
