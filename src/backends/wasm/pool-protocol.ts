/**
 * The control block that the calling thread and the pool's workers share, and the loop that both run.
 *
 *   word  0 generation   bumped to wake the workers
 *         1 loads        how many kernel groups the workers must have; a worker behind returns to its event loop
 *         2 open         the generation whose calls may be taken; 0 when none
 *         3 next         index of the next call (a ticket counter)
 *         4 count        calls in this batch
 *         5 inside       workers that are taking calls
 *         6 failed       set when a worker trapped
 *         7 group  8 function  9 arguments per call
 *   byte 64 ...          the arguments as float64 (exact for pointers and for f32)
 *
 * A worker enters by incrementing `inside` and then checks `open`; the caller closes (open = 0) and then waits until
 * `inside` is 0. Atomics are sequentially consistent, so a late worker either is waited for or sees the door closed.
 */

export const word = {
  generation: 0,
  loads: 1,
  open: 2,
  next: 3,
  count: 4,
  inside: 5,
  failed: 6,
  group: 7,
  fn: 8,
  argc: 9,
} as const;
export const argumentsOffset = 64;
export const controlBytes = 65536;
export const argumentCapacity = (controlBytes - argumentsOffset) / 8;

export type KernelFunction = (...args: number[]) => unknown;

/** Sorted, so that every thread numbers the exports of one module alike. */
export function kernelTable(exports: WebAssembly.Exports): { names: string[]; functions: KernelFunction[] } {
  const names = Object.keys(exports)
    .filter((name) => typeof exports[name] === "function")
    .sort();
  return { names, functions: names.map((name) => exports[name] as KernelFunction) };
}

/** Takes calls until none is left. */
export function drain(control: Int32Array, args: Float64Array, groups: readonly KernelFunction[][]): void {
  const fn = groups[control[word.group] as number]?.[control[word.fn] as number] as KernelFunction;
  const argc = control[word.argc] as number;
  const count = control[word.count] as number;
  for (;;) {
    const call = Atomics.add(control, word.next, 1);
    if (call >= count) return;
    fn(...args.subarray(call * argc, (call + 1) * argc));
  }
}
