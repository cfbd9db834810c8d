/**
 * A search on a queue with three workers, of which two, the coordinator and Redis are each killed with -9 and started again at
 * moments that follow from a seed: after so many lines that the processes printed. No moment is a time.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startRedis } from "./redis.mjs";

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Small and seeded (mulberry32). */
function randomOf(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** @returns the file's text, the journal's result keys in order, what was killed when (by lines printed), which workers ended unasked */
export async function chaos({ seed, folder, search, parts }) {
  const random = randomOf(seed);
  const redis = await startRedis();
  const queue = { url: redis.url, name: `chaos-${seed}`, pollMs: 10, offerMs: 200, lockDuration: 500, attempts: 1000 };
  const out = join(folder, "found.json");
  const journal = join(folder, "journal");
  const killed = [];
  const died = [];
  const children = new Map();
  let lines = 0;
  let finished = false;
  let tick = () => {};

  const start = (name, script, options) => {
    const child = spawn(process.execPath, [fileOf(script), JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: child.stdout }).on("line", () => {
      lines++;
      tick();
    });
    children.set(name, { child, again: () => start(name, script, options) });
    child.once("exit", (code) => {
      if (name !== "coordinator" && code !== null) died.push(name);
      if (name === "coordinator" && code !== null) {
        finished = true;
        tick();
      }
    });
  };
  const killChild = (name) =>
    new Promise((resolve) => {
      const { child, again } = children.get(name);
      if (child.exitCode !== null) return resolve();
      child.once("exit", () => {
        again();
        resolve();
      });
      child.kill("SIGKILL");
    });
  const linesFrom = (count) =>
    new Promise((resolve) => {
      tick = () => (lines >= count || finished) && resolve();
      tick();
    });

  try {
    start("coordinator", "./coordinator.mjs", { search, out, parts, queue, journal, backOffMs: 1 });
    for (const name of ["one", "two", "three"]) {
      start(name, "./worker.mjs", { queue, name: `${name}-${seed}`, state: join(folder, name) });
    }
    const victims = ["one", "two", "coordinator", "redis"].map((name) => ({ name, at: 3 + random(2 * parts) }));
    for (const { name, at } of victims.sort((a, b) => a.at - b.at)) {
      await linesFrom(at);
      if (finished) break;
      killed.push({ name, at });
      if (name !== "redis") await killChild(name);
      else {
        await redis.kill();
        await redis.start();
      }
    }
    await linesFrom(Number.POSITIVE_INFINITY);
  } finally {
    for (const { child } of children.values()) child.kill("SIGKILL");
    await redis.kill();
  }
  const records = readFileSync(journal, "utf8").trimEnd().split("\n").slice(1);
  const keys = records.map((line) => JSON.parse(line.slice(26))).map(({ about, key }) => `${about} ${key}`);
  return { text: existsSync(out) ? readFileSync(out, "utf8") : "", keys, killed, died };
}
