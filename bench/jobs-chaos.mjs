/**
 * A search on a queue whose Redis, coordinator and two of three workers are killed with -9 at seeded moments: every repetition
 * must give the file of one thread, with every unit once in the journal.
 *
 *   node bench/jobs-chaos.mjs [repetitions, 20 unless told]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSearch } from "../dist/jobs/index.js";
import { chaos } from "../tests/support/jobs/chaos.mjs";
import { kinds } from "../tests/support/jobs/kinds.mjs";
import { noRedis } from "../tests/support/jobs/redis.mjs";

const repetitions = Number(process.argv[2] ?? 20);
if (noRedis || !Number.isSafeInteger(repetitions) || repetitions < 1) {
  console.error(noRedis ?? `bench: ${process.argv[2]} is no number of repetitions`);
  process.exit(2);
}
const search = { kind: "test-box", params: { a: [-20, 20], b: [-30, 30] } };
const parts = 24;
const { text: expected } = await runSearch(kinds, search, { parts: 1 });
let good = 0;
for (let seed = 1; seed <= repetitions; seed++) {
  const folder = mkdtempSync(join(tmpdir(), "wavefold-chaos-"));
  const { text, keys, killed, died } = await chaos({ seed, folder, search, parts });
  rmSync(folder, { recursive: true, force: true });
  const fine = died.length === 0 && text === expected && keys.length === parts && new Set(keys).size === parts;
  if (fine) good++;
  const moments = killed.map(({ name, at }) => `${name} at ${at}`).join(", ");
  console.log(
    `${fine ? "  " : "! "}seed ${seed}: killed ${moments}; ${keys.length} units, file ${text === expected ? "identical" : "DIFFERS"}`,
  );
}
console.log(`${good} of ${repetitions} identical, nothing lost or doubled`);
process.exitCode = good === repetitions ? 0 : 1;
