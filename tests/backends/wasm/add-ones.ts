/**
 * A kernel group for tests, by hand: one export `add(ptr, n)` that adds n to the i32 at ptr, over a shared memory.
 *
 *   (module
 *     (import "env" "memory" (memory 1 65536 shared))
 *     (func (export "add") (param i32 i32)
 *       (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (local.get 1)))))
 */
const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
const section = (id: number, bytes: number[]) => [id, bytes.length, ...bytes];

export const addOnesModule = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...section(1, [1, 0x60, 2, 0x7f, 0x7f, 0]),
  ...section(2, [1, ...name("env"), ...name("memory"), 0x02, 0x03, 0x01, 0x80, 0x80, 0x04]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...name("add"), 0x00, 0]),
  ...section(10, [1, 15, 0, 0x20, 0, 0x20, 0, 0x28, 2, 0, 0x20, 1, 0x6a, 0x36, 2, 0, 0x0b]),
]);
