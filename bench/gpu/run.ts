/**
 * Speed of the GPU backend on this machine's adapter, by timestamps, each result checked before it is timed.
 *
 *   npm run bench:gpu [-- --only matmul] [-- --json]
 */
import { createEngine } from "../../src/create-engine.js";
import { gradients } from "./attention-backward.js";
import { attentions } from "./attentions.js";
import { fractionSearches } from "./matrix-fields.js";
import { measure } from "./measure.js";
import { products } from "./products.js";
import { rankOneRecurrences } from "./rank-one.js";
import { recurrences } from "./recurrence.js";
import { rowSubjects } from "./rows.js";
import { scans } from "./scan.js";
import { streams } from "./streams.js";
import { type Subject, scale } from "./subject.js";

/** What Dawn hides on some devices unless asked, and a clock of full resolution. */
const flags = [
  "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia",
  "disable-dawn-features=timestamp_quantization",
];
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const json = process.argv.includes("--json");

interface Row {
  readonly name: string;
  readonly best: number;
  readonly median: number;
  readonly unit: string;
  readonly microseconds: number;
  readonly bar?: number;
}

const engine = await createEngine({ webgpu: { flags }, threads: 1 });
const gpu = engine.gpu;
if (!gpu) {
  console.error(`no GPU to measure: ${engine.gpuAbsent}`);
  process.exit(1);
}
if (!gpu.caps.timestamps) {
  console.error(`${gpu.description} has no timestamp queries`);
  process.exit(1);
}
const environment = { adapter: gpu.description, flags, node: process.version, dawn: process.env.DAWN_VERSION ?? "" };
if (!json) {
  console.log(`adapter  ${environment.adapter}\nflags    ${flags.join(" ")}\nnode     ${process.version}`);
  const { f16, subgroups, subgroupMinSize, subgroupMaxSize, subgroupMatrices } = gpu.caps;
  console.log(
    `device   f16 ${f16}, subgroups ${subgroups} (${subgroupMinSize}-${subgroupMaxSize}), ${subgroupMatrices.length} matrix shapes\n`,
  );
  console.log(`${"".padEnd(52)}${"best".padStart(9)}${"median".padStart(9)} unit       per call`);
}

const rows: Row[] = [];
let copyRate = 0;
let failed = false;

async function run(subject: Subject): Promise<void> {
  const reason = subject.unavailable?.(engine);
  if (reason) {
    if (!json) console.log(`${subject.name.padEnd(52)} not run: ${reason}`);
    return;
  }
  const prepared = await subject.prepare(engine);
  try {
    await prepared.check();
    const { best, median } = await measure(gpu!, prepared);
    const rate = (seconds: number) => subject.amount / seconds / scale[subject.unit];
    if (subject.name.startsWith("copy ")) copyRate = rate(best);
    const bar = subject.bar ?? (subject.shareOfCopy && copyRate ? subject.shareOfCopy * copyRate : undefined);
    const row = {
      name: subject.name,
      best: rate(best),
      median: rate(median),
      unit: subject.unit,
      microseconds: best * 1e6,
    };
    rows.push(bar === undefined ? row : { ...row, bar });
    if (!json) print(row, bar, subject);
  } catch (error) {
    failed = true;
    console.error(`${subject.name}: ${error instanceof Error ? error.message : error}`);
  } finally {
    prepared.dispose();
  }
}

function print({ name, best, median, unit, microseconds }: Row, bar: number | undefined, subject: Subject): void {
  const share = subject.shareOfCopy && copyRate ? `  ${((100 * best) / copyRate).toFixed(0)}% of copy` : "";
  const verdict = bar === undefined ? "" : best >= bar ? `  >= ${bar.toFixed(1)}` : `  BELOW ${bar.toFixed(1)}`;
  const [x, y] = [best.toFixed(2).padStart(9), median.toFixed(2).padStart(9)];
  console.log(
    `${name.padEnd(52)}${x}${y} ${unit.padEnd(8)} ${microseconds.toFixed(1).padStart(9)} us${share}${verdict}`,
  );
}

const subjects = [
  ...streams,
  ...scans,
  ...rowSubjects,
  ...products,
  ...attentions,
  ...gradients,
  ...recurrences,
  ...rankOneRecurrences,
  ...fractionSearches,
];
for (const subject of subjects) {
  if (
    !only ||
    subject.name.includes(only) ||
    (only !== "copy" && subject.name.startsWith("copy ") && streams.includes(subject))
  )
    await run(subject);
}
if (json) console.log(JSON.stringify({ ...environment, rows }, null, 2));
engine.destroy();
// Dawn's instance would keep the process alive.
process.exit(failed ? 1 : 0);
