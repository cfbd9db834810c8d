/** Which instructions this WebAssembly engine has, asked with the smallest module that uses one. */

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
// (type (func (result v128))) (func (type 0))
const functionReturningV128 = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00];
// i32.const 0, i8x16.splat
const zero = [0x41, 0x00, 0xfd, 0x0f];

/** (func (result v128) <body>) validates? */
function validates(...body: number[]): boolean {
  const code = [0x00, ...body, 0x0b];
  const section = [0x0a, code.length + 2, 0x01, code.length, ...code];
  return WebAssembly.validate(new Uint8Array([...header, ...functionReturningV128, ...section]));
}

export function hasSimd(): boolean {
  return validates(...zero);
}

/** f32x4.relaxed_madd; Node 20 has it only behind a flag. */
export function hasRelaxedSimd(): boolean {
  return validates(...zero, ...zero, ...zero, 0xfd, 0x85, 0x02);
}
