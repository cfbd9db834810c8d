/** Sizes that the shaders of this folder's operations agree on. */

/** Invocations of a workgroup. */
export const groupSize = 256;

/** 16-byte blocks of a buffer of `bytes`. */
export function blocksOf(bytes: number): number {
  return Math.ceil(bytes / 16);
}

/** Workgroups for `invocations`. */
export function groupsFor(invocations: number): number {
  return Math.ceil(invocations / groupSize);
}
