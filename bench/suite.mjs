/**
 * One suite in this process; prints its rows as JSON. Started by run.mjs for every host.
 *
 *   node bench/suite.mjs SUITE ROUNDS
 */

import { measure } from "./lib/measure.mjs";
import { loadPeers } from "./peers/index.mjs";

const [name, rounds] = process.argv.slice(2);
const suite = await import(`./suites/${name}.mjs`);
const peers = suite.alone ? [] : await loadPeers();
const rows = await measure(suite, { peers, rounds: Number(rounds), relaxed: process.versions.node >= "22" });
console.log(`rows ${JSON.stringify(rows)}`);
process.exit(0);
