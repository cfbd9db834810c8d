/**
 * SHA-256 (FIPS 180-4). Written out because the one of browsers is asynchronous and only there on secure pages, and a unit's
 * key must be the same everywhere.
 */
const encoder = new TextEncoder();

/** @returns the digest of the text's UTF-8 (or of the bytes), 64 hexadecimal digits */
export function sha256(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  const state = new Uint32Array(initial);
  const blocks = Math.ceil((bytes.length + 9) / 64);
  const padded = new DataView(new ArrayBuffer(blocks * 64));
  new Uint8Array(padded.buffer).set(bytes);
  padded.setUint8(bytes.length, 0x80);
  padded.setBigUint64(blocks * 64 - 8, BigInt(bytes.length) * 8n);
  const schedule = new Uint32Array(64);
  for (let block = 0; block < blocks; block++) compress(state, padded, block * 64, schedule);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

function compress(state: Uint32Array, data: DataView, offset: number, w: Uint32Array): void {
  for (let i = 0; i < 16; i++) w[i] = data.getUint32(offset + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (rounds[i] as number) + (w[i] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] as number) + word;
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The first 32 fractional bits of the square (cube) roots of the first 8 (64) primes. */
const primes = Array.from({ length: 312 }, (_, n) => n).filter((n) => n > 1 && isPrime(n));
const initial = primes.slice(0, 8).map((prime) => fraction(prime, 2));
const rounds = Uint32Array.from(primes, (prime) => fraction(prime, 3));

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

/** floor(2^32 root(n)) mod 2^32, in integers, by bisection. */
function fraction(n: number, degree: 2 | 3): number {
  const target = BigInt(n) << BigInt(32 * degree);
  let low = 0n;
  for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) {
    if ((low + bit) ** BigInt(degree) <= target) low += bit;
  }
  return Number(low & 0xffffffffn);
}
