/**
 * Bundles a benchmark of this folder into dist/bench-gpu-<name>.mjs, inside the package, so that `#host` and `#wasm` still
 * resolve, and runs it. With --bundle-only the file can be carried, with dist/ and package.json, to another machine.
 *
 *   node bench/gpu/start.mjs run|dispatch [arguments...]
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");
const [name, ...rest] = process.argv.slice(2);
const outfile = join(root, `dist/bench-gpu-${name}.mjs`);
await build({
  entryPoints: [join(root, `bench/gpu/${name}.ts`)],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["#*", "webgpu"],
});
if (!rest.includes("--bundle-only")) {
  const { status } = spawnSync(process.execPath, [outfile, ...rest], { stdio: "inherit" });
  process.exit(status ?? 1);
}
