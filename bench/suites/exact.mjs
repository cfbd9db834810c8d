/** Common divisors against the loop of BigInt remainders, and products modulo 2^31 - 1 against one BigInt product that holds them. */
import { createEngine } from "wavefold";
import { gcd, halfGcd, openExact, PrimeField, polyMultiply } from "wavefold/exact";
import { compare } from "../lib/compare.mjs";

export const alone = true;

/** Bits, and how many times as fast as the loop; beyond 64 kbit the loop takes too long to be waited for. */
const divisors = [
  [1024, 1],
  [4096, 5],
  [16384, 30],
  [65536, 30],
];
/** Coefficients of each factor. */
const products = [1024, 16384, 131072];
const p = 2147483647;

/** A repeatable sequence of words without structure. */
function generator(seed) {
  let x = BigInt(seed);
  return () => {
    x = (x * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(x >> 33n);
  };
}

function integer(bits, seed) {
  const next = generator(seed);
  let hex = "0x7";
  for (let i = 0; i < bits / 28; i++) hex += (next() & 0xfffffff).toString(16).padStart(7, "0");
  return BigInt(hex);
}

function remainders(a, b) {
  let [x, y] = [a, b];
  while (y) [x, y] = [y, x % y];
  return x;
}

const polynomial = (n, seed) => Uint32Array.from({ length: n }, generator(seed)).map((x) => x % p);

/** Coefficients of up to 62 bits and their sums apart from each other: 96 bits each. */
function packed(f) {
  let hex = "0x0";
  for (let i = f.length - 1; i >= 0; i--) hex += f[i].toString(16).padStart(24, "0");
  return BigInt(hex);
}

async function divisorRow(kernels, rounds, bits, bar) {
  const [a, b] = [integer(bits, 1), integer(bits, 2)];
  const contestants = {
    wavefold: async () => gcd(a, b, { kernels }),
    "without kernels": async () => gcd(a, b),
    "loop of %": async () => remainders(a, b),
  };
  const { best, ratio } = await compare(contestants, { rounds, samples: 2 });
  const rate = (seconds) => `${(seconds * 1e6).toFixed(0)} us`;
  return { what: `gcd of ${bits} bits`, best, ratio, rate, bar, of: "loop of %" };
}

async function productRow(field, rounds, n) {
  const [a, b] = [polynomial(n, 3), polynomial(n, 4)];
  const [x, y] = [packed(a), packed(b)];
  const contestants = { wavefold: async () => polyMultiply(field, a, b), "BigInt, packed before": async () => x * y };
  const { best, ratio } = await compare(contestants, { rounds, samples: 2 });
  const rate = (seconds) => `${(seconds * 1e3).toFixed(2)} ms`;
  return { what: `product of ${n} coefficients modulo 2^31 - 1`, best, ratio, rate, bar: 1 };
}

/** What Berlekamp-Massey of n terms consists of, against one product of that size. */
async function halfRow(field, rounds, n) {
  const whole = new Uint32Array(n + 1);
  whole[n] = 1;
  const [terms, other] = [polynomial(n, 5), polynomial(n, 6)];
  const contestants = {
    wavefold: async () => halfGcd(field, whole, terms),
    "one product": async () => polyMultiply(field, terms, other),
  };
  const { best, ratio } = await compare(contestants, { rounds, samples: 1 });
  const rate = (seconds) => `${(seconds * 1e3).toFixed(0)} ms`;
  return { what: `half-gcd of degree ${n}`, best, ratio, rate, bar: 1 / 80 };
}

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const kernels = await openExact(engine);
  const field = new PrimeField(p, { kernels });
  const rows = [];
  for (const [bits, bar] of divisors) rows.push(await divisorRow(kernels, rounds, bits, bar));
  for (const n of products) rows.push(await productRow(field, rounds, n));
  rows.push(await halfRow(field, rounds, 100000));
  engine.destroy();
  return rows;
}
