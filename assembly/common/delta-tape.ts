// The order in which a backward pass meets pieces of a sequence. It keeps states, not pieces: one at the start of every segment from a
// first pass, and one at the start of every piece of the segment at hand, so memory grows with the root of the length at most.
//
//   tape: segment 0's state | segment 1's | ...   then   piece 0's state of the segment | piece 1's | ...

/** Segments have at least so many pieces: a sequence of one segment needs no first pass. */
const SEGMENT: i32 = 64;

/** Pieces of a segment: as many as there are segments, or SEGMENT. */
function segmentOf(pieces: i32): i32 {
  return max(1, min(pieces, max(SEGMENT, <i32>Math.ceil(Math.sqrt(pieces)))));
}

/** States on the tape. */
export function tapeStates(pieces: i32): i32 {
  const segment = segmentOf(pieces);
  return segment + (pieces + segment - 1) / segment;
}

/**
 * Runs `back` on every piece, the last first, with the state at its start; `advance` moves the state at `states` over a piece.
 * bytes: of a state. `space` is passed on.
 */
export function walkBack(
  call: usize, unit: usize, space: usize, pieces: i32, states: usize, tape: usize, bytes: usize,
  advance: (call: usize, unit: usize, space: usize, piece: i32, states: usize) => void,
  back: (call: usize, unit: usize, space: usize, piece: i32, states: usize) => void,
): void {
  const segment = segmentOf(pieces), segments = (pieces + segment - 1) / segment, inner = tape + <usize>segments * bytes;
  const lastSegment = (segments - 1) * segment;
  for (let piece = 0; piece <= lastSegment; piece++) {
    if (piece % segment == 0) memory.copy(tape + <usize>(piece / segment) * bytes, states, bytes);
    if (piece < lastSegment) advance(call, unit, space, piece, states);
  }
  for (let first = lastSegment; first >= 0; first -= segment) {
    const last = min(pieces, first + segment);
    memory.copy(states, tape + <usize>(first / segment) * bytes, bytes);
    for (let piece = first; piece < last; piece++) {
      memory.copy(inner + <usize>(piece - first) * bytes, states, bytes);
      if (piece + 1 < last) advance(call, unit, space, piece, states);
    }
    for (let piece = last - 1; piece >= first; piece--) {
      back(call, unit, space, piece, inner + <usize>(piece - first) * bytes);
    }
  }
}
