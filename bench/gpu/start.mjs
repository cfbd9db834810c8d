/**
 * Bundles the GPU benchmark into dist/bench-gpu.mjs, inside the package, so that `#host` and `#wasm` still resolve, and runs it.
 * With --bundle-only the file can be carried, with dist/ and package.json, to another machine.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");
const outfile = join(root, "dist/bench-gpu.mjs");
await build({
  entryPoints: [join(root, "bench/gpu/run.ts")],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["#*", "webgpu"],
});
if (!process.argv.includes("--bundle-only")) {
  const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exit(status ?? 1);
}
