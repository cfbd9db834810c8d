/** Threefry-2x32-20 and the variates made of its words, from their definitions. */
import { erfOracle } from "./unary.js";

const word = (x: bigint): bigint => BigInt.asUintN(32, x);

/** Two words of a counter of two and a key of two: Salmon, Moraes, Dror and Shaw (2011), section 3.3 and table 2. */
export function threefryOracle(counter: readonly [number, number], key: readonly [number, number]): [number, number] {
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  const keys = [BigInt(key[0]), BigInt(key[1]), BigInt(key[0]) ^ BigInt(key[1]) ^ 0x1bd11bdan] as const;
  let x = word(BigInt(counter[0]) + keys[0]);
  let y = word(BigInt(counter[1]) + keys[1]);
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8] as bigint;
    x = word(x + y);
    y = word((y << by) | (y >> (32n - by))) ^ x;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x = word(x + (keys[injection % 3] as bigint));
      y = word(y + (keys[(injection + 1) % 3] as bigint) + BigInt(injection));
    }
  }
  return [Number(x), Number(y)];
}

/** `count` words of a stream from `offset` on: element e is word e mod 2 of counter floor(e / 2). */
export function wordsOracle(seed: number, stream: number, offset: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const counter = Math.floor((offset + i) / 2);
    return threefryOracle([counter % 2 ** 32, Math.floor(counter / 2 ** 32)], [seed, stream])[
      (offset + i) % 2
    ] as number;
  });
}

export const uniformOracle = (bits: number): number => Math.floor(bits / 2 ** 8) / 2 ** 24;

export const integerOracle = (bits: number, low: number, high: number): number =>
  low + Number((BigInt(bits) * BigInt(high - low)) >> 32n);

/** z with Phi(z) = (k + 1/2) / 2^23 for the upper 23 bits k, by bisection: 60 halvings of [-8, 8]. */
export function normalOracle(bits: number): number {
  const wanted = (2 * Math.floor(bits / 2 ** 9) + 1) / 2 ** 23 - 1;
  let [low, high] = [-8, 8];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (erfOracle(middle * Math.SQRT1_2) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
