/** Imports point down only; the table is the architecture. */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { filesBelow } from "../../scripts/lib/files.mjs";

const src = resolve("src");

/** What each folder of src/ may import besides itself. */
const mayImport: Record<string, readonly string[]> = {
  generated: [],
  backends: ["generated"],
  // One layer of two folders: a tensor knows its engine.
  tensor: ["engine", "backends"],
  engine: ["tensor", "backends"],
  oracles: ["tensor/codecs"],
  ops: ["engine", "tensor", "backends", "generated"],
  exact: ["engine", "tensor", "backends", "generated"],
  jobs: ["engine", "tensor", "backends"],
  autograd: ["ops", "engine", "tensor", "backends"],
  nn: ["autograd", "ops", "engine", "tensor", "backends"],
  systems: ["nn", "autograd", "ops", "exact", "jobs", "engine", "tensor", "backends", "oracles", "generated"],
  cli: [
    "index.ts",
    "create-engine.ts",
    "systems",
    "nn",
    "autograd",
    "ops",
    "exact",
    "jobs",
    "engine",
    "tensor",
    "backends",
    "oracles",
  ],
  // wavefold/worker is a public entry of its own; its script serves what index.ts exports.
  worker: ["index.ts", "create-engine.ts", "engine", "tensor", "backends"],
  "create-engine.ts": ["ops", "engine", "tensor", "backends"],
  "index.ts": ["create-engine.ts", "nn", "autograd", "ops", "engine", "tensor", "backends"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every relative import or re-export in `text`, as paths below src/. */
function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) => ({
    from: relative(src, file),
    to: relative(src, join(dirname(file), (path as string).replace(/\.js$/, ".ts"))),
  }));
}

/** Why an import is not allowed, or undefined. */
function violation({ from, to }: Import): string | undefined {
  const layer = from.split("/")[0] as string;
  const allowed = mayImport[layer];
  if (!allowed) return `${from}: no layer ${layer} in the table`;
  if (to.startsWith("..")) return `${from} imports ${to}, outside src/`;
  const inside = [layer, ...allowed].some(
    (entry) => to === entry || to === `${entry}.ts` || to.startsWith(`${entry}/`),
  );
  return inside ? undefined : `${from} imports ${to}, which is not below it`;
}

describe("layers", () => {
  test("every import of src/ points down", () => {
    const all = filesBelow(src, ".ts").flatMap((file: string) => importsOf(file, readFileSync(file, "utf8")));
    expect(all.map(violation).filter(Boolean)).toEqual([]);
  });

  test.each([
    ["backends/wasm/heap.ts", "../../engine/engine.js"],
    ["ops/matmul.ts", "../index.js"],
    ["oracles/matmul.ts", "../ops/matmul.js"],
    ["tensor/shape.ts", "../../bench/tables.js"],
    ["unheard/of.ts", "./x.js"],
  ])("%s may not import %s", (from, path) => {
    const [found] = importsOf(join(src, from), `import { x } from "${path}";`);
    expect(violation(found as Import)).toBeDefined();
  });
});
