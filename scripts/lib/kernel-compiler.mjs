/** Runs the AssemblyScript compiler for one binary, and keeps what it made by the digest of everything that went in. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";
import { VARIANTS } from "./kernel-groups.mjs";

// Beside the packages, as other tools do: `npm ci` empties it, and copies of the tree that share the packages share it.
const cache = join(root, "node_modules/.cache/wavefold");
const kept = 64;
const compilerCli = join(root, "node_modules/assemblyscript/bin/asc.js");

/**
 * @param job name, group, entry (path of the generated source), digest (of all that the binary depends on), variant
 * @returns the binary, and for the first variant the declarations of its exports
 */
export async function compileKernels({ name, group, entry, digest, variant }) {
  const stem = join(cache, `${digest}.${variant}`);
  const withDeclarations = variant === VARIANTS[0];
  if (!existsSync(`${stem}.wasm`)) {
    mkdirSync(cache, { recursive: true });
    const draft = `${stem}.${process.pid}`;
    await runCompiler(`${name}.${variant}`, [
      ...["--baseDir", root, entry, "--target", variant, "--outFile", `${draft}.wasm`],
      ...["--memoryBase", String(group.base), "--lowMemoryLimit", String(group.end)],
      ...(withDeclarations ? ["--bindings", "raw"] : []),
    ]);
    assertImports(readFileSync(`${draft}.wasm`), `${name}.${variant}`);
    if (withDeclarations) renameSync(`${draft}.d.ts`, `${stem}.d.ts`);
    rmSync(`${draft}.js`, { force: true });
    // Last, and in one step: another process takes the binary's presence for everything being there.
    renameSync(`${draft}.wasm`, `${stem}.wasm`);
    forgetOldest();
  }
  const declarations = withDeclarations ? readFileSync(`${stem}.d.ts`, "utf8") : "";
  return { bytes: readFileSync(`${stem}.wasm`), declarations };
}

function runCompiler(label, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compilerCli, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`asc failed on ${label}:\n${output}`));
      if (output.trim()) console.error(output.trim());
      resolve();
    });
  });
}

/** A kernel binary may ask for the engine's memory and nothing else. */
function assertImports(bytes, label) {
  // Node 20 does not validate relaxed SIMD, so its imports are those of the sibling from the same source.
  if (!WebAssembly.validate(bytes)) return;
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => `${i.module}.${i.name}`);
  if (imports.some((name) => name !== "env.memory")) throw new Error(`${label} imports ${imports.join(", ")}`);
}

function forgetOldest() {
  const files = readdirSync(cache).map((name) => ({
    path: join(cache, name),
    age: statSync(join(cache, name)).mtimeMs,
  }));
  for (const { path } of files.sort((a, b) => b.age - a.age).slice(kept)) rmSync(path, { force: true });
}
