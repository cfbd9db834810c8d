/** A row of a suite for what has no rival: the seconds that it takes beside those that it may take. */
import { compare } from "./compare.mjs";

/**
 * @param {string} what
 * @param {() => Promise<unknown>} run
 * @param {number} allowed seconds
 */
export async function within(what, run, allowed, rounds) {
  const { best } = await compare({ wavefold: run }, { rounds, samples: 1 });
  const ratio = { allowed: allowed / best.wavefold };
  return { what, best: { ...best, allowed }, ratio, rate: (seconds) => `${seconds.toFixed(3)} s`, bar: 1 };
}
