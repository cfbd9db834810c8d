/**
 * Builds assembly/ into dist/kernels/: for every group four binaries, the loaders behind `#wasm/<group>` and the interface of
 * its exports in src/generated/kernels/. Does nothing for a group whose sources, options and compiler did not change.
 *
 *   node scripts/build-kernels.mjs [group...]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { root, writeIfChanged } from "./lib/files.mjs";
import { KERNEL_GROUPS, VARIANTS } from "./lib/kernel-groups.mjs";
import { interfaceText, loaderDeclaration } from "./lib/kernel-interface.mjs";
import { nodeLoader, webLoader, workerdLoader } from "./lib/kernel-loaders.mjs";
import { entryText, sourceDigest } from "./lib/kernel-sources.mjs";

// Node 20 knows relaxed SIMD only under this flag; the check of the imports must parse those binaries too.
setFlagsFromString("--experimental-wasm-relaxed-simd");

const COMPILERS_AT_ONCE = 2;
const kernels = join(root, "dist/kernels");
const work = join(root, "dist/.work");
const compilerCli = join(root, "node_modules/assemblyscript/bin/asc.js");

const wasmPath = (name, variant) => join(kernels, `${name}.${variant}.wasm`);
const stampPath = (name) => join(work, `${name}.digest`);

/** Runs the compiler for one binary; the first variant also writes the declarations that the interface is read from. */
function compile({ name, group, entry, variant }) {
  const bindings = variant === VARIANTS[0] ? ["--bindings", "raw"] : [];
  const out = join(work, `${name}.${variant}.wasm`);
  const args = ["--baseDir", root, entry, "--target", variant, "--outFile", out, ...bindings];
  const window = ["--memoryBase", String(group.base), "--lowMemoryLimit", String(group.end)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compilerCli, ...args, ...window], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`asc failed on ${name}.${variant}:\n${output}`));
      if (output.trim()) console.error(output.trim());
      const bytes = readFileSync(out);
      assertImports(bytes, `${name}.${variant}`);
      writeFileSync(wasmPath(name, variant), bytes);
      resolve();
    });
  });
}

/** A kernel binary may ask for the engine's memory and nothing else. */
function assertImports(bytes, label) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => `${i.module}.${i.name}`);
  if (imports.some((name) => name !== "env.memory")) throw new Error(`${label} imports ${imports.join(", ")}`);
}

function writeLoaders(name) {
  writeIfChanged(join(kernels, `${name}.node.js`), nodeLoader(name));
  writeIfChanged(join(kernels, `${name}.web.js`), webLoader(name));
  writeIfChanged(join(kernels, `${name}.workerd.js`), workerdLoader(name));
  writeIfChanged(join(kernels, `${name}.d.ts`), loaderDeclaration);
}

/** @returns names of the groups that had to be compiled */
export async function buildKernels(names = Object.keys(KERNEL_GROUPS)) {
  mkdirSync(work, { recursive: true });
  mkdirSync(kernels, { recursive: true });
  const stale = names.map(plan).filter((job) => !job.upToDate);
  const queue = stale.flatMap((job) => VARIANTS.map((variant) => ({ ...job, variant })));
  const worker = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) await compile(job);
  };
  await Promise.all(Array.from({ length: COMPILERS_AT_ONCE }, worker));
  for (const { name, digest } of stale) {
    const declarations = readFileSync(join(work, `${name}.${VARIANTS[0]}.d.ts`), "utf8");
    writeIfChanged(join(root, `src/generated/kernels/${name}.ts`), interfaceText(name, declarations));
    writeFileSync(stampPath(name), digest);
  }
  return stale.map(({ name }) => name);
}

function plan(name) {
  const group = KERNEL_GROUPS[name];
  if (!group) throw new Error(`no kernel group ${name}; there are ${Object.keys(KERNEL_GROUPS).join(", ")}`);
  const entry = join(root, `assembly/generated/${name}.ts`);
  writeIfChanged(entry, entryText(group));
  writeLoaders(name);
  const digest = sourceDigest(entry, group);
  const outputs = [...VARIANTS.map((v) => wasmPath(name, v)), join(root, `src/generated/kernels/${name}.ts`)];
  const stamp = existsSync(stampPath(name)) ? readFileSync(stampPath(name), "utf8") : "";
  return { name, group, entry, digest, upToDate: stamp === digest && outputs.every(existsSync) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const started = performance.now();
  const built = await buildKernels(process.argv.length > 2 ? process.argv.slice(2) : undefined);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(built.length ? `kernels: built ${built.join(", ")} in ${seconds} s` : "kernels: up to date");
}
