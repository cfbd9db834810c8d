/**
 * Bundles src/cli into dist/cli/wavefold.js, libraries included, so that the package has no dependencies at run time. What
 * lies outside src/cli stays outside: the command runs the very modules that a program imports.
 */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./lib/files.mjs";

const src = join(root, "src");
const entry = join(src, "cli/wavefold.ts");

const leaveEngineOutside = {
  name: "leave-engine-outside",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
      const target = relative(src, join(dirname(importer), path));
      const outside = importer.startsWith(src) && !target.startsWith("cli/");
      return outside ? { path: `../${target}`, external: true } : undefined;
    });
  },
};

export async function buildCli() {
  if (!existsSync(entry)) return;
  await build({
    entryPoints: { wavefold: entry, "unit-worker": join(src, "cli/jobs/unit-worker.ts") },
    outdir: join(root, "dist/cli"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
    legalComments: "linked",
    logLevel: "error",
    plugins: [leaveEngineOutside],
    // The libraries are CommonJS and require Node's own modules.
    banner: {
      js: `#!/usr/bin/env node
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);`,
    },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await buildCli();
