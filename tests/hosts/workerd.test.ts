/**
 * A Worker that uses the package, bundled as Wrangler does it: esbuild with the `workerd` condition, the .wasm files beside
 * the script. The host refuses to compile bytes, so it runs only if the modules arrive through static imports.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { build } from "esbuild";
import { expect, inject, test } from "vitest";

const user = inject("userProject");
const folder = join(user, "worker");

const worker = `import * as wavefold from "wavefold";
import { scenario } from ${JSON.stringify(resolve("tests/hosts/scenario.mjs"))};
export default {
  async fetch(request) {
    const options = Object.fromEntries(new URL(request.url).searchParams);
    return Response.json(await scenario(wavefold, options));
  },
};`;

async function bundle() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "source.mjs"), worker);
  await build({
    entryPoints: [join(folder, "source.mjs")],
    outdir: join(folder, "out"),
    entryNames: "worker",
    assetNames: "[name]",
    bundle: true,
    format: "esm",
    platform: "neutral",
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
}

function writeConfig() {
  const wasm = readdirSync(join(folder, "out")).filter((name) => name.endsWith(".wasm"));
  const modules = [
    `( name = "worker", esModule = embed "out/worker.js" )`,
    ...wasm.map((name) => `( name = "./${name}", wasm = embed "out/${name}" )`),
  ];
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ( name = "main", worker = ( modules = [ ${modules.join(", ")} ], compatibilityDate = "2025-09-01" ) ) ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ]
);`,
  );
}

/** Starts workerd, which reports the port it was given on an extra descriptor. */
async function start(): Promise<{ child: ChildProcess; port: number; log: () => string }> {
  const child = spawn(resolve("node_modules/.bin/workerd"), ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr?.on("data", (chunk) => (log += chunk));
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const event = JSON.parse(line);
    if (event.event === "listen") return { child, port: event.port, log: () => log };
  }
  throw new Error(`workerd did not start: ${log}`);
}

test("a Worker imports the package's .wasm modules and answers a request", async () => {
  await bundle();
  writeConfig();
  const { child, port, log } = await start();
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const body = await response.text();
    expect(response.status, `${body}\n${log()}`).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ refused: "ShapeError E_SHAPE", leaked: 0 });
  } finally {
    child.kill();
  }
});
