/**
 * `npm run bench`: Wavefold beside its peers on every host of this machine - this Node, Node 24 with relaxed SIMD (from the
 * npm package `node`), and Chromium - with the bar that each figure has to reach.
 *
 *   node bench/run.mjs [matmul] [attention] [elementwise] [scan] [l-mul] [recurrence] [cores]
 *                      [lengths] [lightning] [exact] [recurrence-search] [matrix-fields] [moduli-space] [threads]
 *                      [--host node|node24|chromium] [--rounds N] [--json]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runInChromium } from "./lib/chromium.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const suites = [
  ...[
    "matmul",
    "attention",
    "elementwise",
    "scan",
    "l-mul",
    "recurrence",
    "cores",
    "lengths",
    "lightning",
    "exact",
    "recurrence-search",
    "matrix-fields",
    "moduli-space",
    "threads",
  ],
];
const hosts = ["node", "node24", "chromium"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { host: { type: "string", multiple: true }, rounds: { type: "string" }, json: { type: "boolean" } },
});
const unknown =
  positionals.find((name) => !suites.includes(name)) ?? values.host?.find((name) => !hosts.includes(name));
const rounds = Number(values.rounds ?? 9);
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    `bench: ${unknown ?? `--rounds ${values.rounds}`} is not known; suites ${suites.join(", ")}; hosts ${hosts.join(", ")}`,
  );
  process.exit(2);
}

/** The peers, the package under test as a user would import it, and its build. */
function prepare() {
  const quiet = { cwd: here, stdio: ["ignore", "ignore", "inherit"] };
  if (!existsSync(join(here, "node_modules/benchmark"))) execFileSync("npm", ["ci", "--no-audit", "--no-fund"], quiet);
  const link = join(here, "node_modules/wavefold");
  rmSync(link, { force: true });
  symlinkSync(root, link, "junction");
  execFileSync(process.execPath, [join(root, "scripts/build.mjs")], quiet);
}

const versionOf = (name) => JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8")).version;

function runInNode(binary, suite) {
  const { stdout, status } = spawnSync(binary, [join(here, "suite.mjs"), suite, String(rounds)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = stdout.split("\n").find((text) => text.startsWith("rows "));
  if (status !== 0 || !line) throw new Error(`bench: ${suite} ended with status ${status}`);
  return JSON.parse(line.slice(5));
}

const run = {
  node: (suite) => runInNode(process.execPath, suite),
  node24: (suite) => runInNode(join(here, "node_modules/node/bin/node"), suite),
  chromium: (suite) => (suite === "threads" ? [] : runInChromium(here, suite, rounds)),
};

function print(host, rows) {
  for (const { what, figure, bar, met, rates } of rows) {
    const others = Object.entries(rates).map(([name, rate]) => `${name} ${rate}`);
    console.log(
      `${met ? "  " : "! "}${host.padEnd(9)}${what.padEnd(48)} ${figure.toFixed(2)}x (bar ${bar.toFixed(2)})  ${others.join(", ")}`,
    );
  }
}

prepare();
const peers = Object.fromEntries(
  ["onnxruntime-web", "@tensorflow/tfjs-backend-wasm", "@jax-js/jax", "benchmark", "node"].map((name) => [
    name,
    versionOf(name),
  ]),
);
const machine = { cpu: cpus()[0]?.model, threads: cpus().length, node: process.versions.node };
if (!values.json)
  console.log(
    `${machine.cpu}, ${machine.threads} threads; node ${machine.node}; ${Object.entries(peers).flat().join(" ")}`,
  );
const results = [];
for (const suite of positionals.length ? positionals : suites) {
  for (const host of values.host ?? hosts) {
    const rows = await run[host](suite);
    results.push(...rows.map((row) => ({ suite, host, ...row })));
    if (!values.json) print(host, rows);
  }
}
if (values.json) console.log(JSON.stringify({ machine, peers, rounds, results }, null, 2));
