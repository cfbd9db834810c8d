/** Runs a suite and turns its rows into plain data: figure, bar, and everybody's best rate. */

/**
 * The figure of a row is how many times faster than the fastest rival we were; `of` names a rival that alone counts.
 *
 * @param suite a module of suites/
 * @param {{ peers: object[], rounds: number, relaxed: boolean, browser?: boolean }} host
 */
export async function measure(suite, { peers, rounds, relaxed, browser = false }) {
  const bar = (bars) => bars[browser ? 2 : relaxed ? 1 : 0];
  const rows = await suite.run({ peers, rounds, bar });
  return rows.map(({ what, best, ratio, rate, bar: least, of }) => {
    const figure = of ? ratio[of] : Math.min(...Object.values(ratio));
    const rates = Object.fromEntries(Object.entries(best).map(([name, seconds]) => [name, rate(seconds, name)]));
    return { what, figure, bar: least, met: figure >= least, ratio, rates };
  });
}
