/** Inputs and the shape of our contestants. */

/** Seeded uniform numbers of [-1, 1) (Park and Miller 1988). */
export function noise(length, seed) {
  let state = seed * 7919;
  return Float32Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

/** A synchronous call in the form that peers need. */
export function ours(call) {
  return async () => {
    call();
  };
}
