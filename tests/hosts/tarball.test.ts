/** The tarball itself: what a publisher checks by hand, what is in it, and what a page would download of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, inject, test } from "vitest";
import { filesBelow } from "../../scripts/lib/files.mjs";
import { KERNEL_GROUPS, VARIANTS } from "../../scripts/lib/kernel-groups.mjs";
import { output } from "../support/child.js";

const tarball = inject("tarball");
const user = inject("userProject");
const installed = join(user, "node_modules/wavefold");
const node = (...args: string[]) => output(process.execPath, args, process.cwd(), { ...process.env, NO_COLOR: "1" });

describe("the tarball", () => {
  test("publint has nothing to say", async () => {
    expect(await node("node_modules/publint/src/cli.js", "run", tarball, "--strict")).toContain("All good");
  });

  test("its types are right for ESM", async () => {
    const wasm = Object.keys(KERNEL_GROUPS).flatMap((name) => VARIANTS.map((v) => `./kernels/${name}.${v}.wasm`));
    const options = ["--profile", "esm-only", "--no-emoji", "--no-definitely-typed", "--exclude-entrypoints"];
    const script = "node_modules/@arethetypeswrong/cli/dist/index.js";
    await expect(node(script, tarball, ...options, "./kernels/*.wasm", ...wasm)).resolves.toBeDefined();
  });

  test("holds the build and the documents, and no sources, tests or leftovers", () => {
    const files = filesBelow(installed, "").map((path: string) => path.slice(installed.length + 1));
    const top = new Set(files.map((path: string) => path.split("/")[0]));
    expect([...top].sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
    expect(files.filter((path: string) => /(^|\/)\.work\//.test(path) || path.endsWith(".tsbuildinfo"))).toEqual([]);
    for (const name of Object.keys(KERNEL_GROUPS)) {
      for (const variant of VARIANTS) expect(files).toContain(`dist/kernels/${name}.${variant}.wasm`);
    }
  });
});

/** Gzipped bytes of a web bundle of `source`, without the .wasm that it fetches. */
async function bundleSize(source: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: user },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0]?.contents ?? "").byteLength;
}

const wasmSize = (file: string) => gzipSync(readFileSync(join(installed, "dist/kernels", file))).byteLength;

describe("what a page downloads", () => {
  const binary = Math.max(...VARIANTS.map((variant) => wasmSize(`core.${variant}.wasm`)));
  const engine = `createEngine, add, mul, exp, gelu, sum, matmul, softmax, layerNorm, attention`;

  test("an engine with the operations of a transformer, and one binary, stay under 60 KB gzip", async () => {
    const script = await bundleSize(`export { ${engine} } from "wavefold";`);
    expect(script + binary).toBeLessThan(60 * 1024);
  });

  test("every operation of the core, and one binary, stay under 64 KB gzip", async () => {
    const script = await bundleSize(`export * from "wavefold";`);
    expect(script + binary).toBeLessThan(64 * 1024);
  });

  test("the shaders, which come with a GPU, stay under 24 KB gzip", () => {
    expect(gzipSync(readFileSync(join(installed, "dist/kernels/core.shaders.json"))).byteLength).toBeLessThan(
      24 * 1024,
    );
  });

  test("what is not imported is not downloaded", async () => {
    const without = await bundleSize(`export { createEngine } from "wavefold";`);
    const attention = await bundleSize(`export { attention, createEngine } from "wavefold";`);
    expect(attention).toBeGreaterThan(without + 2048);
  });
});
