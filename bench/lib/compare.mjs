/**
 * Contestants side by side: in every round each one is timed by its own `Benchmark`, in turn, so that what the machine does
 * meanwhile hits all alike. The figure of a pair is the median over rounds of best-of-k against best-of-k.
 */
import benchmark from "benchmark";
import lodash from "lodash";

// In a bundle the library finds neither lodash nor, in the functions that it compiles, itself.
const Benchmark = typeof process === "undefined" ? benchmark.runInContext({ ...globalThis, _: lodash }) : benchmark;
globalThis.Benchmark = Benchmark;

export const defaultRounds = 9;

/** Seconds that this process has computed, all its threads. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Best seconds per call of one contestant in one round. With `byCpu` the clock is CPU time, because a busy machine takes the
 * processor away between two readings of a wall clock; without (in pages, and for threads) `Benchmark` measures.
 */
function bestOf(run, { samples, byCpu }) {
  let best = Number.POSITIVE_INFINITY;
  const call = async () => {
    const started = byCpu ? cpuSeconds() : 0;
    await run();
    if (byCpu) best = Math.min(best, cpuSeconds() - started);
  };
  return new Promise((resolve, reject) => {
    const timed = new Benchmark({
      defer: true,
      fn: (deferred) => call().then(() => deferred.resolve(), reject),
      minSamples: samples,
      minTime: byCpu ? 0.002 : 0.01,
      maxTime: 0.02,
    });
    timed.on("complete", () => resolve(byCpu ? best : Math.min(...timed.stats.sample)));
    timed.on("error", () => reject(timed.error));
    timed.run({ async: true });
  });
}

export function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {Record<string, () => Promise<unknown>>} contestants the first is ours
 * @returns {Promise<{ best: Record<string, number>, ratio: Record<string, number>, times: Record<string, number[]> }>} best
 *          seconds of each over all rounds, how many times faster the first is than each other one, and each round's seconds
 */
export async function compare(contestants, { rounds = defaultRounds, samples = 5, threaded = false } = {}) {
  const byCpu = !threaded && typeof process !== "undefined";
  const names = Object.keys(contestants);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  // Unmeasured: compiles and optimises.
  for (const name of names) await bestOf(contestants[name], { samples, byCpu });
  for (let round = 0; round < rounds; round++) {
    for (const name of names) times[name].push(await bestOf(contestants[name], { samples, byCpu }));
  }
  const best = Object.fromEntries(names.map((name) => [name, Math.min(...times[name])]));
  const [ours, ...peers] = names;
  const ratio = Object.fromEntries(
    peers.map((name) => [name, median(times[name].map((time, round) => time / times[ours][round]))]),
  );
  return { best, ratio, times };
}
