/**
 * Builds assembly/ into dist/kernels/: for every group four binaries, the loaders behind `#wasm/<group>` and the interface of
 * its exports in src/generated/kernels/. Does nothing for a group whose sources, options and compiler did not change.
 *
 *   node scripts/build-kernels.mjs [group...]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, writeIfChanged } from "./lib/files.mjs";
import { compileKernels } from "./lib/kernel-compiler.mjs";
import { KERNEL_GROUPS, VARIANTS } from "./lib/kernel-groups.mjs";
import { interfaceText, loaderDeclaration } from "./lib/kernel-interface.mjs";
import { nodeLoader, webLoader, workerdLoader } from "./lib/kernel-loaders.mjs";
import { entryText, sourceDigest } from "./lib/kernel-sources.mjs";

const COMPILERS_AT_ONCE = 2;
const kernels = join(root, "dist/kernels");
const work = join(root, "dist/.work");

const wasmPath = (name, variant) => join(kernels, `${name}.${variant}.wasm`);
const interfacePath = (name) => join(root, `src/generated/kernels/${name}.ts`);
const stampPath = (name) => join(work, `${name}.digest`);

/** @returns names of the groups that had to be built */
export async function buildKernels(names = Object.keys(KERNEL_GROUPS)) {
  mkdirSync(work, { recursive: true });
  mkdirSync(kernels, { recursive: true });
  const stale = names.map(plan).filter((job) => !job.upToDate);
  const queue = stale.flatMap((job) => VARIANTS.map((variant) => ({ ...job, variant })));
  const worker = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) await build(job);
  };
  await Promise.all(Array.from({ length: COMPILERS_AT_ONCE }, worker));
  for (const { name, digest } of stale) writeFileSync(stampPath(name), digest);
  return stale.map(({ name }) => name);
}

function plan(name) {
  const group = KERNEL_GROUPS[name];
  if (!group) throw new Error(`no kernel group ${name}; there are ${Object.keys(KERNEL_GROUPS).join(", ")}`);
  const entry = join(root, `assembly/generated/${name}.ts`);
  writeIfChanged(entry, entryText(group));
  writeLoaders(name);
  const digest = sourceDigest(entry, group);
  const outputs = [...VARIANTS.map((variant) => wasmPath(name, variant)), interfacePath(name)];
  const stamp = existsSync(stampPath(name)) ? readFileSync(stampPath(name), "utf8") : "";
  return { name, group, entry, digest, upToDate: stamp === digest && outputs.every(existsSync) };
}

async function build(job) {
  const { bytes, declarations } = await compileKernels(job);
  writeFileSync(wasmPath(job.name, job.variant), bytes);
  if (declarations) writeIfChanged(interfacePath(job.name), interfaceText(job.name, declarations));
}

function writeLoaders(name) {
  writeIfChanged(join(kernels, `${name}.node.js`), nodeLoader(name));
  writeIfChanged(join(kernels, `${name}.web.js`), webLoader(name));
  writeIfChanged(join(kernels, `${name}.workerd.js`), workerdLoader(name));
  writeIfChanged(join(kernels, `${name}.d.ts`), loaderDeclaration(name));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const started = performance.now();
  const built = await buildKernels(process.argv.length > 2 ? process.argv.slice(2) : undefined);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(built.length ? `kernels: built ${built.join(", ")} in ${seconds} s` : "kernels: up to date");
}
