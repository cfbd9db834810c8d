/** Between BigInt and limbs of 32 bits, in linear time: a power of two is the one radix that needs no division. */

const digits = new Uint8Array(128);
for (let i = 0; i < 16; i++) digits[i.toString(16).charCodeAt(0)] = i;

/** Bits of |x| without its sign; 0 for 0. */
export function bitLength(x: bigint): number {
  const hex = (x < 0n ? -x : x).toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(digits[hex.charCodeAt(0)] as number));
}

/** Hexadecimal digits, as they are written: what tells the size, and is then written without being made again. */
export const hexOf = (x: bigint): string => x.toString(16);

/** Limbs that a number of so many hexadecimal digits has. */
export const limbsOfHex = (hex: string): number => (hex.length + 7) >> 3;

/** Writes the limbs of a non-negative number, least significant first, zeros behind it. */
export function writeHex(hex: string, into: Uint32Array): void {
  let at = 0;
  for (let end = hex.length; end > 0; end -= 8) {
    let limb = 0;
    for (let i = Math.max(0, end - 8); i < end; i++) limb = (limb << 4) | (digits[hex.charCodeAt(i)] as number);
    into[at++] = limb;
  }
  into.fill(0, at);
}

/** Writes the limbs of x >= 0. @returns how many there are */
export function writeLimbs(x: bigint, into: Uint32Array): number {
  const hex = hexOf(x);
  writeHex(hex, into);
  return x === 0n ? 0 : limbsOfHex(hex);
}

/** The number of these limbs. */
export function readLimbs(limbs: Uint32Array): bigint {
  let hex = "0x0";
  for (let i = limbs.length - 1; i >= 0; i--) hex += (limbs[i] as number).toString(16).padStart(8, "0");
  return BigInt(hex);
}

/** 32-bit words of WebAssembly memory; good until the next allocation. */
export function words(bytes: (ptr: number, length: number) => Uint8Array, ptr: number, count: number): Uint32Array {
  const view = bytes(ptr, count * 4);
  return new Uint32Array(view.buffer, view.byteOffset, count);
}
